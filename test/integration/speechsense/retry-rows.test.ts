import assert from 'node:assert/strict';
import type { Clock } from '../../../lib/core/clock';
import type { ErrorCode } from '../../../lib/core/errors';
import type { SpeechSense } from '../../../sandbox/speechsense';
import { until } from '../../support/until';
import { callFields, rules, sourceOf, speechSenseBench, wavOf } from './support';

interface Row {
  readonly status: number;
  readonly tries: number;
  readonly code: ErrorCode;
  readonly message?: string;
  /** After everything was handed over, there may be a talk: it is held and not sent again. */
  readonly isUnclear?: true;
}

/** What comes as the answer to every try: sent how often, and told how. */
const rows: Readonly<Record<string, Row>> = {
  UNKNOWN: { status: 2, tries: 3, code: 'SPEECHSENSE_FAILED', isUnclear: true },
  INVALID_ARGUMENT: { status: 3, tries: 1, code: 'SPEECHSENSE_REFUSED' },
  DEADLINE_EXCEEDED: { status: 4, tries: 4, code: 'SPEECHSENSE_TIMEOUT', isUnclear: true },
  NOT_FOUND: { status: 5, tries: 1, code: 'SPEECHSENSE_NOT_FOUND' },
  ALREADY_EXISTS: { status: 6, tries: 1, code: 'SPEECHSENSE_REFUSED', isUnclear: true },
  PERMISSION_DENIED: { status: 7, tries: 1, code: 'SPEECHSENSE_DENIED' },
  RESOURCE_EXHAUSTED: { status: 8, tries: 4, code: 'SPEECHSENSE_QUOTA' },
  'RESOURCE_EXHAUSTED of a size': {
    status: 8,
    tries: 1,
    code: 'SPEECHSENSE_TOO_LARGE',
    message: 'Received message larger than max (9 vs. 4)',
  },
  FAILED_PRECONDITION: { status: 9, tries: 1, code: 'SPEECHSENSE_REFUSED' },
  ABORTED: { status: 10, tries: 4, code: 'SPEECHSENSE_REFUSED', isUnclear: true },
  OUT_OF_RANGE: { status: 11, tries: 1, code: 'SPEECHSENSE_REFUSED' },
  UNIMPLEMENTED: { status: 12, tries: 1, code: 'SPEECHSENSE_HOST' },
  INTERNAL: { status: 13, tries: 3, code: 'SPEECHSENSE_FAILED', isUnclear: true },
  UNAVAILABLE: { status: 14, tries: 4, code: 'SPEECHSENSE_UNREACHABLE', isUnclear: true },
  DATA_LOSS: { status: 15, tries: 1, code: 'SPEECHSENSE_FAILED', isUnclear: true },
  UNAUTHENTICATED: { status: 16, tries: 1, code: 'SPEECHSENSE_AUTH' },
};

const upload = { key: 'k', fields: callFields, rules };

describe('the statuses of speechsense', () => {
  const bench = speechSenseBench();

  for (const [name, row] of Object.entries(rows)) {
    const { status, tries, code, message = 'the words of the service', isUnclear = false } = row;
    const refuse = { code: status, message };
    const nine = <T>(one: T): T[] => Array.from({ length: 9 }, () => one);

    it(`${name} before the end of a stream: ${tries} in all, told as ${code}`, async () => {
      const service = await bench.service();
      service.script(...nine({ refuse }));
      const client = bench.client(service, { clock: clockThatSettles(service) });
      await assert.rejects(client.uploadAudio(sourceOf(wavOf(100)), { ...upload, method: 'stream' }), {
        code,
      });
      assert.equal(service.callsOf('UploadAsStream').length, tries);
      assert.equal(await bench.records(service.connectionId).find('k'), undefined);
    });

    it(`${name} after the hand-over: ${isUnclear ? 'held' : `${tries} in all, told as ${code}`}`, async () => {
      const service = await bench.service();
      service.script(...nine({ refuse }));
      const client = bench.client(service, { clock: { now: () => Date.now(), sleep: quickSleep } });
      const expected = isUnclear ? 'SPEECHSENSE_UNCERTAIN' : code;
      await assert.rejects(client.uploadAudio(sourceOf(wavOf(100)), { ...upload, method: 'unary' }), {
        code: expected,
      });
      assert.equal(service.callsOf('Upload').length, isUnclear ? 1 : tries);
      const record = await bench.records(service.connectionId).find('k');
      assert.equal(record?.state, isUnclear ? 'uncertain' : undefined);
    });

    it(`${name} after the hand-over is sent again where Search is believed: ${tries} in all`, async () => {
      const service = await bench.service();
      service.script(...nine({ refuse }));
      const clock = { now: () => Date.now(), sleep: quickSleep };
      const client = bench.client(service, { clock, believesSearch: true });
      await assert.rejects(client.uploadAudio(sourceOf(wavOf(100)), { ...upload, method: 'unary' }), {
        code,
      });
      assert.equal(service.callsOf('Upload').length, tries);
    });
  }

  it('a message that is too large goes as a stream when the method is free', async () => {
    const service = await bench.service({ largestMessageBytes: 20_000 });
    const client = bench.client(service, { limits: { chunkBytes: 10_000 } });
    const options = { fields: callFields, rules };
    const source = sourceOf(wavOf(50_000), 700, 50_000);
    await assert.rejects(client.uploadAudio(source, { ...options, key: 'a', method: 'unary' }), {
      code: 'SPEECHSENSE_TOO_LARGE',
    });
    await client.uploadAudio(source, { ...options, key: 'b' });
    assert.deepEqual(
      service.talks.map(({ method, size }) => [method, size]),
      [['UploadAsStream', 50_000]],
    );
  });

  it('nobody at the address: told as unreachable, and nothing is held', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    await service.stop();
    await assert.rejects(client.uploadAudio(sourceOf(wavOf(100)), upload), {
      code: 'SPEECHSENSE_UNREACHABLE',
      sent: false,
    });
    assert.equal(await bench.records(service.connectionId).find('k'), undefined);
  });
});

/** A stream is not ended before the service has said what it has to say; pauses of a quota take minutes. */
function clockThatSettles(service: SpeechSense): Clock {
  const settleMs = 250;
  return {
    now: () => Date.now(),
    sleep: (ms, signal) =>
      ms === settleMs
        ? until(() => service.calls.every(({ status }) => status !== undefined), 'the answer').then(
            () => new Promise(() => undefined),
          )
        : quickSleep(ms, signal),
  };
}

/** Only what limits a wait for somebody else is waited for. */
function quickSleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (!signal || ms !== 60_000) return Promise.resolve();
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no longer needed')), { once: true });
  });
}

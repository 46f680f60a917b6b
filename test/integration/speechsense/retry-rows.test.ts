import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../lib/core/errors';
import { callFields, rules, sourceOf, speechSenseBench, wavOf } from './support';

interface Row {
  readonly status: number;
  readonly tries: number;
  readonly code: ErrorCode;
  readonly message?: string;
}

/** What comes as the answer to every try before anything was read: sent how often, and told how. */
const rows: Readonly<Record<string, Row>> = {
  UNKNOWN: { status: 2, tries: 3, code: 'SPEECHSENSE_FAILED' },
  INVALID_ARGUMENT: { status: 3, tries: 1, code: 'SPEECHSENSE_REFUSED' },
  DEADLINE_EXCEEDED: { status: 4, tries: 4, code: 'SPEECHSENSE_TIMEOUT' },
  NOT_FOUND: { status: 5, tries: 1, code: 'SPEECHSENSE_NOT_FOUND' },
  ALREADY_EXISTS: { status: 6, tries: 1, code: 'SPEECHSENSE_REFUSED' },
  PERMISSION_DENIED: { status: 7, tries: 1, code: 'SPEECHSENSE_DENIED' },
  RESOURCE_EXHAUSTED: { status: 8, tries: 4, code: 'SPEECHSENSE_QUOTA' },
  'RESOURCE_EXHAUSTED of a size': {
    status: 8,
    tries: 1,
    code: 'SPEECHSENSE_TOO_LARGE',
    message: 'Received message larger than max (9 vs. 4)',
  },
  FAILED_PRECONDITION: { status: 9, tries: 1, code: 'SPEECHSENSE_REFUSED' },
  ABORTED: { status: 10, tries: 4, code: 'SPEECHSENSE_REFUSED' },
  OUT_OF_RANGE: { status: 11, tries: 1, code: 'SPEECHSENSE_REFUSED' },
  UNIMPLEMENTED: { status: 12, tries: 1, code: 'SPEECHSENSE_HOST' },
  INTERNAL: { status: 13, tries: 3, code: 'SPEECHSENSE_FAILED' },
  UNAVAILABLE: { status: 14, tries: 4, code: 'SPEECHSENSE_UNREACHABLE' },
  DATA_LOSS: { status: 15, tries: 1, code: 'SPEECHSENSE_FAILED' },
  UNAUTHENTICATED: { status: 16, tries: 1, code: 'SPEECHSENSE_AUTH' },
};

describe('the statuses of speechsense', () => {
  const bench = speechSenseBench();

  for (const [name, { status, tries, code, message = 'the words of the service' }] of Object.entries(rows)) {
    it(`${name}: ${tries} in all, told as ${code}`, async () => {
      const service = await bench.service();
      const refuse = { code: status, message };
      service.script(...Array.from({ length: 9 }, () => ({ refuse })));
      // Pauses of a quota take minutes.
      const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
      const client = bench.client(service, { clock: { ...clock, sleep: quickSleep } });
      const upload = client.uploadAudio(sourceOf(wavOf(100)), {
        key: 'k',
        fields: callFields,
        rules,
        method: 'unary',
      });
      await assert.rejects(upload, { code });
      assert.equal(service.callsOf('Upload').length, tries);
      assert.equal(await bench.records(service.connectionId).find('k'), undefined);
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
    const upload = client.uploadAudio(sourceOf(wavOf(100)), {
      key: 'k',
      fields: callFields,
      rules,
    });
    await assert.rejects(upload, { code: 'SPEECHSENSE_UNREACHABLE', sent: false });
    assert.equal(await bench.records(service.connectionId).find('k'), undefined);
  });
});

/** Only what limits a wait for somebody else is waited for. */
function quickSleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (!signal || ms !== 60_000) return Promise.resolve();
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no longer needed')), { once: true });
  });
}

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { at, textAt } from '../../../lib/core/fields';
import { g711ToLpcm } from '../../../lib/speechsense/audio/g711';
import { noRecordingCodes } from '../../../lib/speechsense/audio/verdicts';
import type { RecordingSource } from '../../../lib/speechsense/recording-reader';
import type { AudioUploadOptions } from '../../../lib/speechsense/upload';
import type { CallRecord, SpeechSense } from '../../../sandbox/speechsense';
import { badRecordings } from '../../support/audio/bad-recordings';
import { goodRecordings } from '../../support/audio/good-recordings';
import { id3v2, mp3 } from '../../support/audio/mp3';
import { oggOpus } from '../../support/audio/ogg';
import { noise, pages } from '../../support/audio/other';
import { lpcmTones, wav } from '../../support/audio/wav';
import { until } from '../../support/until';
import { callFields, rules, sha256, sourceOf, speechSenseBench, wavOf } from './support';

const chunkBytes = 20_000;
const options: AudioUploadOptions = { key: 'call-1', fields: callFields, rules };

/** Tells how often it was opened. */
function counted(source: RecordingSource): { source: RecordingSource; opened: () => number } {
  let opened = 0;
  return {
    source(signal) {
      opened += 1;
      return source(signal);
    },
    opened: () => opened,
  };
}

describe('a recording that no talk can be made of', function () {
  const bench = speechSenseBench();

  async function assertNoTalk(service: SpeechSense): Promise<void> {
    assert.equal(service.talks.length, 0);
    assert.ok(service.calls.every(({ hasEnded }) => !hasEnded));
    assert.equal(await bench.records(service.connectionId).find(options.key), undefined);
  }

  it('makes none by any method, and is opened once', async () => {
    const service = await bench.service();
    const client = bench.client(service, { limits: { chunkBytes: 1000 } });
    for (const [name, { bytes, code, rules: changes }] of Object.entries(badRecordings)) {
      for (const method of ['auto', 'stream', 'unary'] as const) {
        const { source, opened } = counted(sourceOf(bytes));
        const upload = client.uploadAudio(source, { ...options, method, rules: { ...rules, ...changes } });
        await assert.rejects(upload, { code }, `${name} by ${method}`);
        assert.equal(opened(), 1);
      }
    }
    await assertNoTalk(service);
  });

  const lateOnes = {
    'a WAV that ends early': wav(lpcmTones(50_000), { dataSize: 200_001 }),
    'an MP3 that ends within a frame': mp3(900).subarray(0, -5),
    'an OGG without its end': oggOpus(20_000, { hasEnd: false }),
    'an MP3 whose tag hides that it is mono': Buffer.concat([id3v2(90_000), mp3(90, { channels: 1 })]),
  };
  for (const [name, bytes] of Object.entries(lateOnes)) {
    it(`${name}: is not ended although most of it was sent`, async () => {
      const service = await bench.service();
      const client = bench.client(service, { limits: { chunkBytes } });
      const arrived = (): boolean => service.calls.some(({ chunkSizes }) => chunkSizes.length > 0);
      async function* slowly(): AsyncGenerator<Buffer> {
        yield bytes.subarray(0, 70_000);
        await until(arrived, 'the first chunk at the service');
        yield bytes.subarray(70_000);
      }
      const source: RecordingSource = () => Promise.resolve({ stream: Readable.from(slowly()) });
      const upload = client.uploadAudio(source, { ...options, method: 'stream' });
      await assert.rejects(upload, { name: 'InvalidError' });
      await service.untilCall(({ isOver }) => isOver);
      await assertNoTalk(service);
      await client.uploadAudio(sourceOf(wavOf(4000)), options);
      assert.equal(service.talks.length, 1);
    });
  }

  it('is refused before anything is sent when its length says that it is too long', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    const bytes = wav(lpcmTones(50_000), { dataSize: 0 });
    const upload = client.uploadAudio(sourceOf(bytes, 7000, 5 * 3600 * 32_000), options);
    await assert.rejects(upload, { code: 'AUDIO_LONG', params: { hours: 4 } });
    assert.equal(service.calls.length, 0);
  });

  it('can be told from a page that came in its place', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    for (const [kind, bytes] of Object.entries({ ...pages, nothing: Buffer.alloc(0) })) {
      const failure = await client.uploadAudio(sourceOf(bytes), options).catch((error: unknown) => error);
      assert.ok(noRecordingCodes.has(textAt(failure, 'code') ?? ''), kind);
    }
    const failure = await client.uploadAudio(sourceOf(noise(9000)), options).catch((error: unknown) => error);
    assert.equal(textAt(failure, 'code'), 'AUDIO_UNKNOWN');
    assert.equal(service.calls.length, 0);
  });

  it('is one that broke off when it is shorter than declared, and is read anew', async () => {
    const service = await bench.service();
    const whole = wav(lpcmTones(5000), { dataSize: 0 });
    let opened = 0;
    const source: RecordingSource = (signal) => {
      opened += 1;
      return sourceOf(opened === 1 ? whole.subarray(0, 9000) : whole, 700, whole.length)(signal);
    };
    const talk = await bench.client(service).uploadAudio(source, options);
    assert.deepEqual([talk.tries, opened], [2, 2]);
    assert.equal(service.talks[0]?.sha256, sha256(whole));
  });
});

describe('a recording that a talk is made of', function () {
  const bench = speechSenseBench();

  for (const [name, { bytes, facts, rules: changes }] of Object.entries(goodRecordings)) {
    it(`${name}: tells what was sent`, async () => {
      const service = await bench.service();
      const client = bench.client(service, { limits: { chunkBytes: 1000 } });
      const talk = await client.uploadAudio(sourceOf(bytes), {
        ...{ ...options, rules: { ...rules, ...changes } },
        method: 'stream',
      });
      assert.deepEqual(talk.audio, facts);
      assert.equal(talk.bytes, service.talks[0]?.size);
      const described = at(service.calls[0]?.messages[1], 'audio', 'audio_metadata');
      const types: Record<string, string> = { wav: 'WAV', ogg: 'OGG_OPUS', mp3: 'MP3' };
      const type = types[facts.container];
      assert.deepEqual(
        described,
        type === undefined
          ? {
              raw_audio: {
                audio_encoding: 'AUDIO_ENCODING_LINEAR16_PCM',
                sample_rate_hertz: String(facts.sampleRate),
                audio_channel_count: String(facts.channels),
              },
            }
          : { container_audio: { container_audio_type: `CONTAINER_AUDIO_TYPE_${type}` } },
      );
    });
  }

  it('is LPCM at the service when A-law is converted, by either method', async () => {
    const sound = noise(60_000, 6);
    const expected = wav(g711ToLpcm('A-law', sound));
    for (const method of ['stream', 'unary'] as const) {
      const service = await bench.service();
      const client = bench.client(service, { limits: { chunkBytes } });
      const talk = await client.uploadAudio(sourceOf(wav(sound, { tag: 6 }), 999), {
        ...{ ...options, key: method, method, rules: { ...rules, convertToLpcm: true } },
      });
      assert.ok(receivedBy(service.calls[0]).equals(expected), method);
      assert.equal(talk.bytes, expected.length);
    }
  });

  it('goes as one message or as a stream by the size that it has after the conversion', async () => {
    const service = await bench.service();
    const client = bench.client(service, { limits: { chunkBytes, unaryBytes: 100_000 } });
    const given = wav(noise(60_000), { tag: 6 });
    const converting = { ...options, rules: { ...rules, convertToLpcm: true } };
    await client.uploadAudio(sourceOf(given, 999, given.length), converting);
    const small = wav(noise(40_000), { tag: 6 });
    await client.uploadAudio(sourceOf(small, 999, small.length), { ...converting, key: 'call-2' });
    assert.deepEqual(
      service.talks.map(({ method }) => method),
      ['UploadAsStream', 'Upload'],
    );
  });

  it('is not opened when its talk is known, and opened anew for each try', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    const whole = wavOf(4000);
    const { source, opened } = counted((signal) => {
      // The first two tries break off on the way.
      const bytes = opened() < 3 ? whole.subarray(0, 1000) : whole;
      return sourceOf(bytes, 700, whole.length)(signal);
    });
    const first = await client.uploadAudio(source, options);
    assert.deepEqual([first.tries, opened()], [3, 3]);
    const second = await client.uploadAudio(source, options);
    assert.equal(opened(), 3);
    assert.deepEqual([second.reused, second.bytes, second.audio], [true, undefined, undefined]);
  });

  it('hands its signal to whoever opens it', async () => {
    const service = await bench.service();
    const stop = new AbortController();
    let given: AbortSignal | undefined;
    const source: RecordingSource = (signal) => {
      given = signal;
      stop.abort();
      return Promise.reject(new Error('stopped'));
    };
    const upload = bench.client(service).uploadAudio(source, { ...options, signal: stop.signal });
    await assert.rejects(upload, { code: 'CANCELLED' });
    assert.equal(given?.aborted, true);
    assert.equal(service.calls.length, 0);
  });
});

function receivedBy(call: CallRecord | undefined): Buffer {
  const pieces = (call?.messages ?? []).flatMap((message) =>
    [at(message, 'audio', 'chunk', 'data'), at(message, 'audio', 'audio_data', 'data')].filter(
      Buffer.isBuffer,
    ),
  );
  return Buffer.concat(pieces);
}

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { RecordingSource } from '../../../lib/speechsense/recording-reader';
import type { AudioUploadOptions } from '../../../lib/speechsense/upload';
import type { Fault, SpeechSense } from '../../../sandbox/speechsense';
import { callFields, patientClock, rules, sha256, sourceOf, speechSenseBench, wavOf } from './support';

const chunkBytes = 1000;
const recording = wavOf(4500);
const chunkCount = 5;
const options: AudioUploadOptions = {
  key: 'call-1',
  fields: callFields,
  rules,
  method: 'stream',
};

/** HTTP/2's own numbers. */
const resets = { internal: 2, refused: 7, cancel: 8, calm: 11 };
const kinds: Readonly<Record<string, Fault>> = {
  'a reset as INTERNAL_ERROR': { reset: resets.internal },
  'a reset as CANCEL': { reset: resets.cancel },
  'a connection that is destroyed': { drop: true },
  'an answer of UNAVAILABLE': { refuse: { code: 14, message: 'try again in a few seconds' } },
  'an answer of INTERNAL': { refuse: { code: 13, message: 'oops' } },
};

describe('a speechsense upload that is cut off', () => {
  const bench = speechSenseBench();

  function assertOneWholeTalk(service: SpeechSense): void {
    assert.equal(service.talks.length, 1);
    assert.equal(service.talks[0]?.sha256, sha256(recording));
  }

  for (const [kind, fault] of Object.entries(kinds)) {
    for (let chunk = 1; chunk <= chunkCount; chunk += 1) {
      it(`is begun anew from the source after ${kind} at chunk ${chunk} of ${chunkCount}`, async () => {
        const service = await bench.service();
        service.script({ ...fault, when: chunk });
        const client = bench.client(service, { clock: patientClock(service), limits: { chunkBytes } });
        const talk = await client.uploadAudio(sourceOf(recording), options);
        assert.equal(talk.talkId, service.talks[0]?.id);
        assert.equal(talk.tries, 2);
        assertOneWholeTalk(service);
      });
    }

    it(`is found and not sent again when its answer is lost by ${kind}`, async () => {
      const service = await bench.service();
      service.script({ ...fault, keeps: true });
      const client = bench.client(service, { limits: { chunkBytes } });
      const talk = await client.uploadAudio(sourceOf(recording), options);
      assert.equal(talk.talkId, service.talks[0]?.id);
      assert.equal(service.callsOf('UploadAsStream').length, 1);
      assertOneWholeTalk(service);
    });
  }

  it('is one talk when the service says yes before it has everything', async () => {
    const service = await bench.service();
    service.script({ early: true, when: 2 });
    const client = bench.client(service, { limits: { chunkBytes } });
    // More than the network takes while nobody reads.
    const long = sourceOf(wavOf(2_000_000), 50_000);
    const talk = await client.uploadAudio(long, options);
    assert.equal(talk.isComplete, false);
    const again = await client.uploadAudio(long, options);
    assert.equal(again.reused, true);
    assert.equal(again.talkId, talk.talkId);
    assert.equal(service.talks.length, 1);
  });

  it('is begun anew after a stream was refused, and no connection was there at first', async () => {
    const service = await bench.service();
    service.script({ reset: resets.refused, when: 1 }, { refuse: { code: 8, message: 'quota' } });
    const client = bench.client(service, { limits: { chunkBytes } });
    const talk = await client.uploadAudio(sourceOf(recording), options);
    assert.equal(talk.tries, 3);
    assertOneWholeTalk(service);
  });

  it('ends when nothing answers, and leaves a held talk', async () => {
    const service = await bench.service();
    service.script({ silent: true });
    const client = bench.client(service, { limits: { chunkBytes, streamMs: () => 300 } });
    const upload = client.uploadAudio(sourceOf(recording), options);
    await assert.rejects(upload, { code: 'SPEECHSENSE_UNCERTAIN' });
    assert.equal(service.callsOf('UploadAsStream').length, 1);
    assert.equal(service.talks.length, 0);
  });

  it('is sent again after a lost answer where Search is to be believed', async () => {
    const service = await bench.service();
    service.script({ drop: true });
    const client = bench.client(service, { believesSearch: true });
    const talk = await client.uploadAudio(sourceOf(recording), options);
    assert.equal(talk.tries, 2);
    assertOneWholeTalk(service);
  });

  it('finds the talk of an answer that never came', async () => {
    const service = await bench.service();
    service.script({ silent: true, keeps: true });
    const client = bench.client(service, { limits: { chunkBytes, streamMs: () => 300 } });
    const talk = await client.uploadAudio(sourceOf(recording), options);
    assert.equal(talk.talkId, service.talks[0]?.id);
    assertOneWholeTalk(service);
  });

  it('looks for the talk when the answer names none', async () => {
    const service = await bench.service();
    service.script({ nameless: true });
    const talk = await bench.client(service).uploadAudio(sourceOf(recording), options);
    assert.equal(talk.talkId, service.talks[0]?.id);
    assertOneWholeTalk(service);
  });
});

describe('a speechsense upload whose recording breaks off', () => {
  const bench = speechSenseBench();

  /** Breaks as many times as it is told, each time after half. */
  function breakingSource(times: number, how: 'error' | 'short'): RecordingSource {
    let opened = 0;
    return () => {
      opened += 1;
      if (opened > times) return sourceOf(recording)();
      const half = recording.subarray(0, 2200);
      const bytes = how === 'short' ? recording.length : undefined;
      return Promise.resolve({
        bytes,
        stream: new Readable({
          read() {
            this.push(half);
            if (how === 'short') this.push(null);
            else
              process.nextTick(() => this.destroy(Object.assign(new Error('gone'), { code: 'ECONNRESET' })));
          },
        }),
      });
    };
  }

  it('is read anew, and only the whole is a talk', async () => {
    const service = await bench.service();
    const client = bench.client(service, { limits: { chunkBytes } });
    const talk = await client.uploadAudio(breakingSource(2, 'error'), options);
    assert.equal(talk.tries, 3);
    assert.deepEqual(
      service.talks.map((one) => one.sha256),
      [sha256(recording)],
    );
  });

  it('is known by its length when the download just ends', async () => {
    const service = await bench.service();
    const client = bench.client(service, { limits: { chunkBytes } });
    await client.uploadAudio(breakingSource(1, 'short'), options);
    assert.deepEqual(
      service.talks.map((one) => one.sha256),
      [sha256(recording)],
    );
  });

  it('makes no talk when it breaks each time', async () => {
    const service = await bench.service();
    const client = bench.client(service, { limits: { chunkBytes } });
    const upload = client.uploadAudio(breakingSource(9, 'short'), options);
    await assert.rejects(upload, { code: 'SPEECHSENSE_RECORDING' });
    assert.equal(service.talks.length, 0);
    const records = bench.records(service.connectionId);
    assert.equal(await records.find('call-1'), undefined);
  });

  it('makes no talk of nothing, by either method', async () => {
    const service = await bench.service();
    for (const method of ['auto', 'stream', 'unary'] as const) {
      const upload = bench.client(service).uploadAudio(sourceOf(Buffer.alloc(0)), { ...options, method });
      await assert.rejects(upload, { code: 'AUDIO_EMPTY' });
    }
    assert.equal(service.calls.length, 0);
  });

  it('does not wait for ever for a recording that gives nothing more', async () => {
    const service = await bench.service();
    const silent: RecordingSource = () =>
      Promise.resolve({ stream: new Readable({ read: () => undefined }) });
    const client = bench.client(service, { limits: { chunkBytes, silenceMs: 20 } });
    await assert.rejects(client.uploadAudio(silent, options), { code: 'SPEECHSENSE_RECORDING' });
  });
});

import assert from 'node:assert/strict';
import { CancelledError } from '../../../lib/core/errors';
import { createTurns } from '../../../lib/core/turns';
import type { AudioUploadOptions } from '../../../lib/speechsense/upload';
import type { UploadRecords } from '../../../lib/speechsense/records';
import { createGate } from '../../../sandbox/speechsense';
import { until } from '../../support/until';
import { callFields, chat, chatFields, rules, sourceOf, speechSenseBench, wavOf } from './support';

const recording = wavOf(2000);
const options: AudioUploadOptions = { key: 'call-1', fields: callFields, rules };

describe('one upload key of speechsense', () => {
  const bench = speechSenseBench();

  it('is one talk: the second upload gives back the first one', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    const first = await client.uploadAudio(sourceOf(recording), options);
    const second = await client.uploadAudio(sourceOf(recording), options);
    assert.equal(first.reused, false);
    assert.deepEqual([second.talkId, second.reused], [first.talkId, true]);
    assert.equal(service.talks.length, 1);
  });

  it('is one talk for two uploads at the same time, also of two clients', async () => {
    const service = await bench.service();
    const turns = createTurns();
    const hold = createGate();
    service.script({ hold, when: 'end' });
    const one = bench.client(service, { turns }).uploadAudio(sourceOf(recording), options);
    await hold.arrived;
    const other = bench.client(service, { turns }).uploadAudio(sourceOf(recording), options);
    hold.open();
    const [first, second] = await Promise.all([one, other]);
    assert.deepEqual([first.reused, second.reused], [false, true]);
    assert.equal(first.talkId, second.talkId);
    assert.equal(service.talks.length, 1);
  });

  it('is one talk also when another process is at it', async () => {
    const service = await bench.service();
    const hold = createGate();
    service.script({ hold, when: 'end' });
    const one = bench.client(service).uploadAudio(sourceOf(recording), options);
    await hold.arrived;
    const elsewhere = bench.client(service, { turns: createTurns() });
    const other = elsewhere.uploadAudio(sourceOf(recording), options);
    hold.open();
    const [first, second] = await Promise.all([one, other]);
    assert.deepEqual([second.talkId, second.reused], [first.talkId, true]);
    assert.equal(service.talks.length, 1);
  });

  it('is not sent by the heir of a process that was taken for dead', async () => {
    const service = await bench.service();
    const hold = createGate();
    service.script({ hold, when: 'end' });
    const one = bench.client(service).uploadAudio(sourceOf(recording), options);
    await hold.arrived;
    const heir = bench.client(service, {}, bench.recordsOfHeir(service.connectionId));
    await assert.rejects(heir.uploadAudio(sourceOf(recording), options), { code: 'SPEECHSENSE_UNCERTAIN' });
    hold.open();
    const first = await one;
    const later = await heir.uploadAudio(sourceOf(recording), options);
    assert.deepEqual([later.talkId, later.reused], [first.talkId, true]);
    assert.equal(service.talks.length, 1);
  });

  it('is one talk for two that are sent again at the same time', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    const first = await client.uploadAudio(sourceOf(recording), options);
    const again = { ...options, reupload: true };
    const both = await Promise.all([1, 2].map(() => client.uploadAudio(sourceOf(recording), again)));
    assert.equal(service.talks.length, 2);
    assert.deepEqual(
      both.map(({ talkId, reused }) => [talkId === first.talkId, reused]),
      [
        [false, false],
        [false, true],
      ],
    );
    await client.uploadAudio(sourceOf(recording), again);
    assert.equal(service.talks.length, 3);
  });

  it('is sent by one at a time, also when two nodes reach the connection by two names', async () => {
    const service = await bench.service();
    const turns = createTurns();
    const hold = createGate();
    service.script({ hold, when: 'end' });
    const endpoint = service.localEndpoint;
    const one = bench.client(service, { turns }).uploadAudio(sourceOf(recording), options);
    await hold.arrived;
    const other = bench.client(service, { turns, endpoint }).uploadAudio(sourceOf(recording), options);
    // They stand in one line.
    assert.equal(turns.size(), 1);
    hold.open();
    await Promise.all([one, other]);
  });

  it('is done although another process has taken it for unclear meanwhile', async () => {
    const service = await bench.service({ indexAfterMs: 3600_000 });
    const hold = createGate();
    const holdSearch = createGate();
    service.script({ hold, when: 'end' }, { on: 'Search', hold: holdSearch });
    const one = bench.client(service).uploadAudio(sourceOf(recording), options);
    await hold.arrived;
    const heir = bench.client(service, {}, bench.recordsOfHeir(service.connectionId));
    const other = heir.uploadAudio(sourceOf(recording), options);
    await holdSearch.arrived;
    hold.open();
    const first = await one;
    holdSearch.open();
    const second = await other;
    assert.deepEqual([second.talkId, second.reused], [first.talkId, true]);
    assert.equal((await bench.records(service.connectionId).find('call-1'))?.state, 'done');
    assert.equal(service.talks.length, 1);
  });

  it('is another talk in another service, and each of them knows its own', async () => {
    const [sandbox, real] = [await bench.service(), await bench.service()];
    const first = await bench.client(sandbox).uploadAudio(sourceOf(recording), options);
    const second = await bench.client(real).uploadAudio(sourceOf(recording), options);
    assert.deepEqual([second.reused, real.talks.length], [false, 1]);
    const again = await bench.client(sandbox).uploadAudio(sourceOf(recording), options);
    assert.deepEqual([again.talkId, again.reused], [first.talkId, true]);
    const more = await bench.client(real).uploadAudio(sourceOf(recording), options);
    assert.deepEqual([more.talkId, more.reused], [second.talkId, true]);
  });

  it('of a chat is one talk as well', async () => {
    const service = await bench.service();
    const client = bench.client(service, { connectionId: service.chatConnectionId });
    const uploads = await Promise.all(
      [1, 2].map(() => client.uploadText(chat, chatFields, { key: 'chat-1' })),
    );
    assert.deepEqual(uploads.map(({ reused }) => reused).sort(), [false, true]);
    assert.equal(service.talks.length, 1);
  });

  it('is another talk on request, and the earlier one is not taken for it', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    const first = await client.uploadAudio(sourceOf(recording), options);
    service.script({ drop: true, keeps: true });
    const second = await client.uploadAudio(sourceOf(recording), { ...options, reupload: true });
    assert.equal(second.reused, false);
    assert.notEqual(second.talkId, first.talkId);
    assert.deepEqual(
      service.talks.map(({ id }) => id),
      [first.talkId, second.talkId],
    );
  });

  it('keeps the first talk when another one was refused', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    const first = await client.uploadAudio(sourceOf(recording), options);
    service.script({ refuse: { code: 3, message: 'no' } });
    const again = client.uploadAudio(sourceOf(recording), { ...options, reupload: true });
    await assert.rejects(again, { code: 'SPEECHSENSE_REFUSED' });
    const third = await client.uploadAudio(sourceOf(recording), options);
    assert.deepEqual([third.talkId, third.reused], [first.talkId, true]);
  });

  it('is held when Search cannot tell, and is found by it later', async () => {
    const service = await bench.service({ indexAfterMs: 3600_000 });
    service.script({ drop: true, keeps: true });
    const client = bench.client(service);
    await assert.rejects(client.uploadAudio(sourceOf(recording), options), { code: 'SPEECHSENSE_UNCERTAIN' });
    const records = bench.records(service.connectionId);
    assert.deepEqual(await keysOf(records), ['call-1']);
    await assert.rejects(client.uploadAudio(sourceOf(recording), options), { code: 'SPEECHSENSE_UNCERTAIN' });
    service.setTimes({ indexAfterMs: 0 });
    const found = await client.uploadAudio(sourceOf(recording), options);
    assert.deepEqual([found.talkId, found.reused], [service.talks[0]?.id, true]);
    assert.equal(service.talks.length, 1);
  });

  it('is held when Search refuses, or has nothing to search by', async () => {
    const service = await bench.service();
    service.script({ drop: true, keeps: true }, { on: 'Search', refuse: { code: 7, message: 'no' } });
    const client = bench.client(service);
    await assert.rejects(client.uploadAudio(sourceOf(recording), options), { code: 'SPEECHSENSE_UNCERTAIN' });
    service.script({ drop: true, keeps: true });
    const nameless = { ...options, key: 'call-2', fields: { ...callFields, call_id: '' } };
    await assert.rejects(client.uploadAudio(sourceOf(recording), nameless), {
      code: 'SPEECHSENSE_UNCERTAIN',
    });
    assert.equal(service.callsOf('Search').length, 1);
    assert.equal(service.talks.length, 2);
  });

  it('that was begun before a crash is looked for first', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    const records = bench.records(service.connectionId);
    await records.begin('call-1', undefined, { service: service.endpoint });
    await assert.rejects(client.uploadAudio(sourceOf(recording), options), { code: 'SPEECHSENSE_UNCERTAIN' });
    assert.equal(service.talks.length, 0);
  });

  it('is left as it was by an upload that was stopped before its end', async () => {
    const service = await bench.service();
    const hold = createGate();
    service.script({ hold, when: 1 });
    const stop = new AbortController();
    const client = bench.client(service, { limits: { chunkBytes: 500 } });
    const upload = client.uploadAudio(sourceOf(wavOf(8_000_000), 500), {
      ...options,
      method: 'stream',
      signal: stop.signal,
    });
    await hold.arrived;
    stop.abort();
    await assert.rejects(upload, CancelledError);
    hold.open();
    assert.equal(await bench.records(service.connectionId).find('call-1'), undefined);
    assert.equal(service.talks.length, 0);
    await client.uploadAudio(sourceOf(recording), options);
    assert.equal(service.talks.length, 1);
  });

  it('is held by an upload that was stopped while it waited for the answer', async () => {
    const service = await bench.service();
    service.script({ silent: true, keeps: true });
    const client = bench.client(service);
    const upload = client.uploadAudio(sourceOf(recording), options);
    await until(() => service.talks.length === 1, 'the talk');
    client.close();
    await assert.rejects(upload, CancelledError);
    const found = await bench.client(service).uploadAudio(sourceOf(recording), options);
    assert.deepEqual([found.talkId, found.reused], [service.talks[0]?.id, true]);
  });
});

async function keysOf(records: UploadRecords): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of records.uncertainOnes()) keys.push(key);
  return keys;
}

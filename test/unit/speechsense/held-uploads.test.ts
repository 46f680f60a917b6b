import assert from 'node:assert/strict';
import { createUploadRecords, type UploadRecords } from '../../../lib/speechsense/records';
import type { UploadRecord } from '../../../lib/speechsense/upload-record';
import { createMemoryStore } from '../../../lib/store/memory-store';

const service = 'api.example:443';

async function heldIn(records: UploadRecords): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of records.uncertainOnes()) keys.push(key);
  return keys;
}

async function begin(records: UploadRecords, key: string): Promise<UploadRecord> {
  const begun = await records.begin(key, await records.find(key), { service });
  assert.ok(begun);
  return begun;
}

async function hold(records: UploadRecords, key: string): Promise<UploadRecord> {
  const held = await records.uncertain(key, await begin(records, key), service);
  assert.equal(held?.state, 'uncertain');
  return held;
}

describe('uploads that are held', () => {
  function scene(): { records: UploadRecords; others: UploadRecords } {
    const store = createMemoryStore();
    const source = (): Promise<typeof store> => Promise.resolve(store);
    return {
      records: createUploadRecords({ store: source, connectionId: 'eag1' }),
      others: createUploadRecords({ store: source, connectionId: 'eag2' }),
    };
  }

  it('are listed by connection, the latest first, until their end is known', async () => {
    const { records, others } = scene();
    for (const key of ['a', 'b', 'c', 'a']) await hold(records, key);
    await hold(others, 'z');
    assert.deepEqual(await heldIn(records), ['a', 'c', 'b']);
    await records.done('c', { talkId: 'aud1', service });
    const before = await records.find('b');
    const begun = await begin(records, 'b');
    assert.deepEqual(await heldIn(records), ['a']);
    await records.restore('b', begun, before);
    assert.deepEqual(await heldIn(records), ['b', 'a']);
    assert.deepEqual(await heldIn(others), ['z']);
  });

  it('are all listed, however many there are', async () => {
    const { records } = scene();
    for (let count = 0; count < 501; count += 1) await hold(records, `k${count}`);
    assert.equal((await heldIn(records)).length, 501);
  });

  it('are sent again when a person says so, and only those that are held', async () => {
    const { records } = scene();
    await hold(records, 'a');
    await records.done('b', { talkId: 'aud1', service });
    assert.equal(await records.settle('a', 'again'), true);
    assert.equal(await records.find('a'), undefined);
    assert.equal(await records.settle('a', 'again'), false);
    assert.equal(await records.settle('b', 'again'), false);
    assert.equal((await records.find('b'))?.talkId, 'aud1');
    assert.deepEqual(await heldIn(records), []);
  });

  it('keep the talk that was made before another was asked for', async () => {
    const { records } = scene();
    await records.done('a', { talkId: 'aud1', service });
    await hold(records, 'a');
    assert.equal(await records.settle('a', 'again'), true);
    const record = await records.find('a');
    assert.deepEqual([record?.state, record?.talkId], ['done', 'aud1']);
    assert.ok(await records.begin('a', record, { service }));
  });

  it('stay forgotten when they are looked for once more, and are listed again', async () => {
    const { records } = scene();
    await hold(records, 'a');
    assert.equal(await records.settle('a', 'forget'), true);
    assert.deepEqual(await heldIn(records), []);
    const forgotten = await records.find('a');
    assert.equal(forgotten?.state, 'forgotten');
    assert.equal((await records.uncertain('a', forgotten, service))?.state, 'forgotten');
    assert.deepEqual(await heldIn(records), ['a']);
    assert.equal(await records.settle('a', 'again'), true);
    assert.equal(await records.find('a'), undefined);
  });

  it('are not held any longer when the try that another process found clearly came to nothing', async () => {
    const { records } = scene();
    const begun = await begin(records, 'a');
    await records.uncertain('a', begun, service);
    assert.equal(await records.restore('a', begun, undefined), undefined);
    assert.equal(await records.find('a'), undefined);
    assert.deepEqual(await heldIn(records), []);
  });

  it('are not what was done meanwhile', async () => {
    const { records } = scene();
    const begun = await begin(records, 'a');
    await records.done('a', { talkId: 'aud1', service });
    assert.equal((await records.uncertain('a', begun, service))?.talkId, 'aud1');
    assert.deepEqual(await heldIn(records), []);
    assert.equal((await records.restore('a', begun, undefined))?.talkId, 'aud1');
    assert.equal((await records.find('a'))?.state, 'done');
    assert.deepEqual(await heldIn(records), []);
  });

  it('leave the list when a person settles what is no longer held', async () => {
    const store = createMemoryStore();
    const records = createUploadRecords({ store: () => Promise.resolve(store), connectionId: 'eag1' });
    await hold(records, 'a');
    await store.delete('speechsense:upload:eag1:a');
    assert.equal(await records.settle('a', 'forget'), false);
    assert.deepEqual(await heldIn(records), []);
  });
});

import assert from 'node:assert/strict';
import { createUploadRecords, type UploadRecords } from '../../../lib/speechsense/records';
import { createMemoryStore } from '../../../lib/store/memory-store';

async function heldIn(records: UploadRecords): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of records.uncertainOnes()) keys.push(key);
  return keys;
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
    for (const key of ['a', 'b', 'c', 'a']) await records.uncertain(key);
    await others.uncertain('z');
    assert.deepEqual(await heldIn(records), ['a', 'c', 'b']);
    await records.done('c', 'aud1');
    await records.begin('b', await records.find('b'));
    assert.deepEqual(await heldIn(records), ['a']);
    await records.restore('b', { state: 'uncertain', at: 5 });
    assert.deepEqual(await heldIn(records), ['b', 'a']);
    assert.deepEqual(await heldIn(others), ['z']);
  });

  it('are sent again when a person says so, and only those that are held', async () => {
    const { records } = scene();
    await records.uncertain('a');
    await records.done('b', 'aud1');
    assert.equal(await records.settle('a', 'again'), true);
    assert.equal(await records.find('a'), undefined);
    assert.equal(await records.settle('a', 'again'), false);
    assert.equal(await records.settle('b', 'again'), false);
    assert.equal((await records.find('b'))?.talkId, 'aud1');
    assert.deepEqual(await heldIn(records), []);
  });

  it('keep the talk that was made before another was asked for', async () => {
    const { records } = scene();
    await records.done('a', 'aud1');
    await records.begin('a', await records.find('a'));
    await records.uncertain('a');
    assert.equal(await records.settle('a', 'again'), true);
    const record = await records.find('a');
    assert.deepEqual([record?.state, record?.talkId], ['done', 'aud1']);
  });

  it('are forgotten in the list alone', async () => {
    const { records } = scene();
    await records.uncertain('a');
    assert.equal(await records.settle('a', 'forget'), true);
    assert.deepEqual(await heldIn(records), []);
    assert.equal((await records.find('a'))?.state, 'uncertain');
    await records.uncertain('a');
    assert.deepEqual(await heldIn(records), ['a']);
  });
});

import assert from 'node:assert/strict';
import { createIndexedTalks, type IndexedTalks } from '../../../lib/speechsense/indexed-talks';
import { createMemoryStore } from '../../../lib/store/memory-store';

const minute = 60_000;
const mark = { field: 'call_id', value: 'v' };

describe('talks that a search has to find', () => {
  function scene(): IndexedTalks {
    const store = createMemoryStore();
    return createIndexedTalks(() => Promise.resolve(store), 'eag1', 3600_000);
  }
  const noteAt = (talks: IndexedTalks, at: number): Promise<void> =>
    talks.note('s', { key: `k${at}`, talkId: `aud${at}`, mark, at });

  it('are kept so that one is old enough although uploads never pause', async () => {
    const talks = scene();
    for (let at = 0; at <= 100; at += 1) await noteAt(talks, at * minute);
    const found = await talks.since('s', 'call_id', 10 * minute);
    assert.equal(found?.talkId, `aud${30 * minute}`);
    assert.equal((await talks.since('s', 'call_id', 100 * minute))?.talkId, `aud${100 * minute}`);
    assert.equal(await talks.since('s', 'call_id', 101 * minute), undefined);
  });

  it('are of one service and of one field', async () => {
    const talks = scene();
    await noteAt(talks, 5);
    assert.equal(await talks.since('other', 'call_id', 0), undefined);
    assert.equal(await talks.since('s', 'session_id', 0), undefined);
  });

  it('are known by the upload that made them', async () => {
    const talks = scene();
    await noteAt(talks, 5);
    assert.equal(await talks.isOfAnother('k5', 'aud5'), false);
    assert.equal(await talks.isOfAnother('k6', 'aud5'), true);
    assert.equal(await talks.isOfAnother('k6', 'aud6'), false);
  });
});

import assert from 'node:assert/strict';
import { createRecentTexts } from '../../../lib/store/recent-texts';

describe('texts that were sealed or opened last', () => {
  it('are found by the very bytes, for what they belong to', () => {
    const recent = createRecentTexts();
    const sealed = Buffer.from('sealed');
    recent.note(sealed, 'key one', 'text');
    assert.equal(recent.find(sealed, 'key one'), 'text');
    assert.equal(recent.find(sealed, 'key two'), undefined);
    assert.equal(recent.find(Buffer.from('sealed'), 'key one'), undefined);
    recent.forget(sealed);
    assert.equal(recent.find(sealed, 'key one'), undefined);
  });

  it('are forgotten, the oldest first, and long ones are never kept', () => {
    const recent = createRecentTexts();
    const all = Array.from({ length: 600 }, (_, place) => Buffer.from(String(place)));
    for (const sealed of all) recent.note(sealed, 'key', 'text');
    const kept = all.map((sealed) => recent.find(sealed, 'key') !== undefined);
    assert.deepEqual([kept[0], kept.at(-1)], [false, true]);
    assert.equal(kept.filter(Boolean).length, 512);
    const long = Buffer.from('long');
    recent.note(long, 'key', 'x'.repeat(20_000));
    assert.equal(recent.find(long, 'key'), undefined);
  });
});

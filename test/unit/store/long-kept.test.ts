import assert from 'node:assert/strict';
import { longKept } from '../../../lib/store/long-kept';

const bytes = (length: number, fill: number): Buffer => Buffer.alloc(length, fill);

describe('bytes that are kept for long', () => {
  it('stay what they were, whatever becomes of the original and of those that are kept beside them', () => {
    const lengths = [0, 1, 36, 300, 8192, 8193, 100_000];
    const originals = Array.from({ length: 700 }, (_, place) =>
      bytes(lengths[place % lengths.length] ?? 0, place % 251),
    );
    const kept = originals.map((original) => longKept(original));
    for (const original of originals) original.fill(255);
    kept.forEach((copy, place) => {
      assert.deepEqual(copy, bytes(lengths[place % lengths.length] ?? 0, place % 251));
    });
  });

  it('are those from a place on', () => {
    assert.deepEqual(longKept(Buffer.from('head and rest'), 9), Buffer.from('rest'));
  });

  it('lie close together when they are small, and apart when they are large', () => {
    const [first, second] = [longKept(bytes(100, 1)), longKept(bytes(100, 2))];
    const [large, other] = [longKept(bytes(20_000, 3)), longKept(bytes(20_000, 4))];
    assert.equal(first.buffer.byteLength, 64 * 1024);
    assert.ok(first.buffer === second.buffer || second.byteOffset === 0);
    assert.equal(large.buffer.byteLength, 20_000);
    assert.notEqual(large.buffer, other.buffer);
  });
});

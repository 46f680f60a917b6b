import assert from 'node:assert/strict';
import { stableDigest } from '../../../lib/core/stable-digest';

describe('a stable digest', () => {
  it('is the same for what says the same', () => {
    const one = stableDigest([{ id: 1, text: 'a' }], { b: true, a: 2, none: null });
    assert.equal(one, stableDigest([{ text: 'a', id: '1' }], { a: '2', b: 'true', gone: undefined }));
    assert.equal(stableDigest(Buffer.from('abc')), stableDigest(new Uint8Array([97, 98, 99])));
    assert.equal(stableDigest(new Date(0)), stableDigest('1970-01-01T00:00:00.000Z'));
  });

  it('is another for what says something else', () => {
    const different = [
      stableDigest(['a', 'b']),
      stableDigest(['b', 'a']),
      stableDigest('a', 'b'),
      stableDigest('ab'),
      stableDigest(['ab']),
      stableDigest({ a: 'b' }),
      stableDigest({ b: 'a' }),
      stableDigest([{ a: 'b' }]),
      stableDigest({ a: { b: 'c' } }),
      stableDigest({ a: 'b', c: '' }),
      stableDigest(Buffer.from('ab')),
      stableDigest(),
    ];
    assert.equal(new Set(different).size, different.length);
  });
});

import assert from 'node:assert/strict';
import { createKeyRing } from '../../../lib/store/key-ring';
import { keyOf } from './open-store';

describe('key ring', () => {
  it('opens what it sealed, and nothing of it can be read in between', () => {
    const ring = createKeyRing(keyOf('a'));
    const sealed = ring.seal('{"token":"marker-secret"}', 'key x');
    assert.equal(ring.open(sealed, 'key x'), '{"token":"marker-secret"}');
    assert.equal(sealed.includes('marker'), false);
    assert.notDeepEqual(ring.seal('same', 'x'), ring.seal('same', 'x'));
  });

  it('does not open what was moved elsewhere, changed or cut', () => {
    const ring = createKeyRing(keyOf('a'));
    const sealed = ring.seal('text', 'key x');
    assert.equal(ring.open(sealed, 'key y'), undefined);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      assert.equal(ring.open(changed, 'key x'), undefined, `byte ${at}`);
      assert.equal(ring.open(sealed.subarray(0, at), 'key x'), undefined, `cut at ${at}`);
    }
  });

  it('opens with earlier keys, seals with the current one', () => {
    const old = createKeyRing(keyOf('a'));
    const sealed = old.seal('text', 'x');
    const ring = createKeyRing(keyOf('b'), [keyOf('a')]);
    assert.equal(ring.open(sealed, 'x'), 'text');
    assert.deepEqual([ring.isCurrent(sealed), ring.hasKeyOf(sealed)], [false, true]);
    assert.equal(ring.isCurrent(ring.seal('text', 'x')), true);
    assert.equal(createKeyRing(keyOf('b')).open(sealed, 'x'), undefined);
    assert.equal(createKeyRing(keyOf('b')).hasKeyOf(sealed), false);
  });

  it('refuses what is no key, without repeating it', () => {
    for (const key of ['', 'short', Buffer.alloc(31).toString('base64'), 'x'.repeat(100)]) {
      assert.throws(
        () => createKeyRing(key),
        (failure: Error & { code?: string }) =>
          failure.code === 'CONFIG_INVALID' && (key === '' || !failure.message.includes(key)),
      );
    }
  });
});

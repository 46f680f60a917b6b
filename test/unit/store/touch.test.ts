import assert from 'node:assert/strict';
import { openOn, testTime } from './open-store';
import { createTestDisk } from './test-disk';

describe('an entry that is touched', () => {
  const ttlMs = 100_000;

  it('again within a second writes nothing, and lives on', async () => {
    const time = testTime();
    const store = await openOn(createTestDisk(), time);
    await store.set('key', 'value', { ttlMs, durable: true });
    const { journal: before } = await store.stats();
    await time.clock.advance(900);
    assert.equal(await store.touch('key', ttlMs), true);
    await store.flush();
    const { journal: after } = await store.stats();
    assert.equal(after?.journalBytes, before?.journalBytes);
    await time.clock.advance(ttlMs - 901);
    assert.equal(await store.get('key'), 'value');
  });

  it('later lives as long as it would from then on', async () => {
    const time = testTime();
    const store = await openOn(createTestDisk(), time);
    await store.set('key', 'value', { ttlMs });
    await time.clock.advance(50_000);
    assert.equal(await store.touch('key', ttlMs), true);
    await time.clock.advance(ttlMs - 1);
    assert.equal(await store.get('key'), 'value');
  });
});

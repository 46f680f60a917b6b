import assert from 'node:assert/strict';
import type { BenchRunner } from './store-suite';
import { hourMs } from './suite-time';

export function storeTimeCases(withStore: BenchRunner): void {
  describe('time to live', () => {
    it(
      'ends a value at its time, not before',
      withStore(async ({ store, advance }) => {
        await store.set('key', 1, { ttlMs: 10 * hourMs });
        await advance(9 * hourMs);
        assert.equal(await store.get('key'), 1);
        await advance(2 * hourMs);
        assert.equal(await store.get('key'), undefined);
      }),
    );

    it(
      'ends a value that was kept over a restart',
      withStore(async ({ store, reopen, advance }) => {
        await store.set('short', 1, { ttlMs: hourMs });
        await store.set('long', 1, { ttlMs: 10 * hourMs });
        const again = await reopen();
        await advance(2 * hourMs);
        assert.equal(await again.get('short'), undefined);
        assert.equal(await again.get('long'), 1);
      }),
    );

    it(
      'keeps a value without one',
      withStore(async ({ store, advance }) => {
        await store.set('key', 1);
        await advance(30 * 86_400_000);
        assert.equal(await store.get('key'), 1);
      }),
    );

    it(
      'forgets the old end when a value is set without one',
      withStore(async ({ store, advance }) => {
        await store.set('key', 1, { ttlMs: 1000 });
        await store.set('key', 2);
        await advance(2000);
        assert.equal(await store.get('key'), 2);
      }),
    );

    it(
      'gives a value more time by a touch, also over a restart',
      withStore(async ({ store, reopen, advance }) => {
        await store.set('key', 1, { ttlMs: 10 * hourMs });
        await advance(8 * hourMs);
        assert.equal(await store.touch('key', 10 * hourMs), true);
        const again = await reopen();
        await advance(8 * hourMs);
        assert.equal(await again.get('key'), 1);
        await advance(4 * hourMs);
        assert.equal(await again.get('key'), undefined);
      }),
    );

    it(
      'can take time away by a touch',
      withStore(async ({ store, advance }) => {
        await store.set('key', 1);
        await store.touch('key', 100);
        await advance(200);
        assert.equal(await store.get('key'), undefined);
      }),
    );

    it(
      'touches nothing that is not there or is over',
      withStore(async ({ store, advance }) => {
        assert.equal(await store.touch('none', 1000), false);
        await store.set('key', 1, { ttlMs: 100 });
        await advance(200);
        assert.equal(await store.touch('key', 1000), false);
        assert.equal(await store.get('key'), undefined);
      }),
    );

    it(
      'takes what is over for nothing: in delete and in compare-and-set',
      withStore(async ({ store, advance }) => {
        await store.set('key', 1, { ttlMs: 100 });
        await advance(200);
        assert.equal(await store.delete('key'), false);
        assert.equal(await store.compareAndSet('key', 1, 2), false);
        assert.equal(await store.compareAndSet('key', undefined, 2), true);
      }),
    );

    it(
      'refuses a time that is none',
      withStore(async ({ store }) => {
        for (const ttlMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
          await assert.rejects(store.set('key', 1, { ttlMs }), { code: 'INPUT_INVALID' });
        }
        await store.set('key', 1);
        await assert.rejects(store.touch('key', 0), { code: 'INPUT_INVALID' });
      }),
    );
  });
}

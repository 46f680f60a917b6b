import assert from 'node:assert/strict';
import type { Hold, Store } from '../../lib/store/store';
import type { BenchRunner } from './store-suite';
import { hourMs } from './suite-time';

export function storeHoldCases(withStore: BenchRunner): void {
  describe('hold', () => {
    it(
      'is given to one at a time, and again once it is released',
      withStore(async ({ store }) => {
        const first = await mustHold(store, 'poller');
        assert.equal(await store.hold('poller'), undefined);
        await first.release();
        const second = await mustHold(store, 'poller');
        assert.equal(await second.isOurs(), true);
        assert.equal(await first.isOurs(), false);
      }),
    );

    it(
      'of one thing says nothing about another',
      withStore(async ({ store }) => {
        await mustHold(store, 'poller');
        await mustHold(store, 'poller:2');
        await mustHold(store, '');
      }),
    );

    it(
      'is not given up for the next one by releasing twice',
      withStore(async ({ store }) => {
        const first = await mustHold(store, 'poller');
        await first.release();
        const second = await mustHold(store, 'poller');
        await first.release();
        assert.equal(await second.isOurs(), true);
        assert.equal(await store.hold('poller'), undefined);
      }),
    );

    it(
      'goes to exactly one of many who ask at once',
      withStore(async ({ store }) => {
        const asked = await Promise.all(Array.from({ length: 20 }, () => store.hold('poller')));
        assert.equal(asked.filter(Boolean).length, 1);
      }),
    );

    it(
      'knows no time limit',
      withStore(async ({ store, advance }) => {
        const hold = await mustHold(store, 'poller');
        await advance(7 * 24 * hourMs);
        assert.equal(await store.hold('poller'), undefined);
        assert.equal(await hold.isOurs(), true);
        assert.equal(hold.lost.aborted, false);
      }),
    );

    it(
      'ends with the store, and is free for the next',
      withStore(async ({ store, reopen }) => {
        const hold = await mustHold(store, 'poller');
        const again = await reopen();
        assert.equal(hold.lost.aborted, true);
        assert.equal(await hold.isOurs(), false);
        await mustHold(again, 'poller');
        await assert.rejects(store.hold('poller'), { name: 'CancelledError' });
      }),
    );
  });
}

async function mustHold(store: Store, name: string): Promise<Hold> {
  const hold = await store.hold(name);
  assert.ok(hold, `${name} is free`);
  return hold;
}

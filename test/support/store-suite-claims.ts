import assert from 'node:assert/strict';
import type { Store } from '../../lib/store/store';
import { all, type BenchRunner } from './store-suite';
import { appendAll, drain, lease, mustClaim } from './store-suite-queues';
import { hourMs } from './suite-time';

export function storeClaimCases(withStore: BenchRunner): void {
  describe('lease', () => {
    it(
      'passes to another when it has run out, as a further attempt',
      withStore(async ({ store, advance }) => {
        await store.append('q', 'a');
        const lost = await mustClaim(store, 'q');
        await advance(9 * hourMs);
        assert.equal(await store.claim('q', lease), undefined);
        await advance(2 * hourMs);
        const claim = await mustClaim(store, 'q', 1, 'other');
        assert.equal(claim.items[0].attempts, 2);
        assert.equal(await store.complete(lost), false);
        assert.equal(await store.complete(claim), true);
        assert.deepEqual(await drain(store, 'q'), []);
      }),
    );

    it(
      'can be taken to bury what was handed out often enough, which is no attempt',
      withStore(async ({ store, advance }) => {
        await store.append('q', 'a');
        await mustClaim(store, 'q');
        await advance(11 * hourMs);
        const claim = await store.claim('q', { ...lease, uncounted: true });
        assert.equal(claim?.items[0].attempts, 1);
        await store.bury(claim, { reason: 'enough' });
        const [letter] = await all(store.deadLetters());
        assert.equal(letter?.attempts, 1);
      }),
    );

    it(
      'does nothing for a claim that has passed on',
      withStore(async ({ store, advance }) => {
        await store.append('q', 'a');
        const lost = await mustClaim(store, 'q');
        await advance(11 * hourMs);
        const claim = await mustClaim(store, 'q', 1, 'other');
        assert.equal(await store.renew(lost, 10 * hourMs), false);
        assert.equal(await store.release(lost), false);
        assert.equal(await store.bury(lost, { reason: 'no' }), false);
        assert.deepEqual(await all(store.deadLetters()), []);
        assert.equal(await store.complete(claim), true);
      }),
    );

    it(
      'can be ended late when nobody else has come',
      withStore(async ({ store, advance }) => {
        await store.append('q', 'a');
        const claim = await mustClaim(store, 'q');
        await advance(11 * hourMs);
        assert.equal(await store.complete(claim), true);
        assert.deepEqual(await drain(store, 'q'), []);
      }),
    );

    it(
      'is prolonged by renewing',
      withStore(async ({ store, advance }) => {
        await store.append('q', 'a');
        const claim = await mustClaim(store, 'q');
        await advance(8 * hourMs);
        assert.equal(await store.renew(claim, 10 * hourMs), true);
        await advance(8 * hourMs);
        assert.equal(await store.claim('q', lease), undefined);
        await advance(3 * hourMs);
        await mustClaim(store, 'q');
      }),
    );

    it(
      'ends with the claim: a second ending changes nothing',
      withStore(async ({ store }) => {
        await appendAll(store, 'q', ['a', 'b']);
        const claim = await mustClaim(store, 'q');
        assert.equal(await store.complete(claim), true);
        assert.equal(await store.complete(claim), false);
        assert.equal(await store.bury(claim, { reason: 'late' }), false);
        assert.deepEqual(await drain(store, 'q'), ['b']);
      }),
    );

    it(
      'does not outlive a restart by more than itself, and the attempt is remembered',
      withStore(async ({ store, reopen, advance }) => {
        await appendAll(store, 'q', ['a', 'b']);
        await mustClaim(store, 'q');
        const again = await reopen();
        await advance(11 * hourMs);
        const claim = await mustClaim(again, 'q');
        assert.deepEqual([claim.items[0].payload, claim.items[0].attempts], ['a', 2]);
      }),
    );
  });

  describe('claim without a lease', () => {
    it(
      'never runs out',
      withStore(async ({ store, advance }) => {
        await store.append('q', 'a');
        const claim = await store.claim('q', { owner: 'me' });
        assert.ok(claim);
        await advance(90 * 24 * hourMs);
        assert.equal(await store.claim('q', { owner: 'other' }), undefined);
        assert.equal(await store.isOurs(claim), true);
        assert.equal(await store.complete(claim), true);
        assert.equal(await store.isOurs(claim), false);
      }),
    );

    it(
      'ends when the store is closed',
      withStore(async ({ store, reopen }) => {
        await store.append('q', 'a');
        await store.claim('q', { owner: 'me' });
        const claim = await (await reopen()).claim('q', { owner: 'other' });
        assert.equal(claim?.items[0].attempts, 2);
      }),
    );
  });

  describe('complete', () => {
    it(
      'is remembered over a restart',
      withStore(async ({ store, reopen }) => {
        await appendAll(store, 'q', ['a', 'b']);
        await store.complete(await mustClaim(store, 'q'), { durable: true });
        assert.deepEqual(await drain(await reopen(), 'q'), ['b']);
      }),
    );
  });

  describe('release', () => {
    it(
      'gives the item back to the head at once, with the reason',
      withStore(async ({ store }) => {
        await appendAll(store, 'q', ['a', 'b']);
        assert.equal(await store.release(await mustClaim(store, 'q'), { reason: 'bot silent' }), true);
        const claim = await mustClaim(store, 'q');
        const [{ payload, attempts, reason }] = claim.items;
        assert.deepEqual([payload, attempts, reason], ['a', 2, 'bot silent']);
      }),
    );

    it(
      'holds the whole queue until the item is due: order before haste',
      withStore(async ({ store, advance }) => {
        await appendAll(store, 'q', ['a', 'b']);
        await store.release(await mustClaim(store, 'q'), { afterMs: 5 * hourMs });
        assert.equal(await store.claim('q', lease), undefined);
        await advance(4 * hourMs);
        assert.equal(await store.claim('q', lease), undefined);
        await advance(2 * hourMs);
        assert.deepEqual(await drain(store, 'q'), ['a', 'b']);
      }),
    );

    it(
      'remembers time, attempts and reason over a restart',
      withStore(async ({ store, reopen, advance }) => {
        await appendAll(store, 'q', ['a']);
        await store.release(await mustClaim(store, 'q'), { afterMs: 60 * hourMs, reason: 'why' });
        const again = await reopen();
        await advance(15 * hourMs);
        assert.equal(await again.claim('q', lease), undefined);
        await advance(50 * hourMs);
        const [{ attempts, reason }] = (await mustClaim(again, 'q')).items;
        assert.deepEqual([attempts, reason], [2, 'why']);
      }),
    );

    it(
      'can forgive the hand-out, which is remembered over a restart and ends with a replay',
      withStore(async ({ store, reopen }) => {
        await appendAll(store, 'q', ['a', 'b']);
        for (const forgiven of [true, false, true]) {
          await store.release(await mustClaim(store, 'q', 2), { forgiven });
        }
        const counts = async (from: Store): Promise<number[][]> =>
          (await from.peek('q', 2)).map((item) => [item.attempts, item.forgiven]);
        assert.deepEqual(await counts(store), [
          [3, 2],
          [3, 2],
        ]);
        const again = await reopen();
        assert.deepEqual((await counts(again))[0], [3, 2]);
        const claim = await mustClaim(again, 'q');
        assert.equal(claim.items[0].forgiven, 2);
        await again.bury(claim, { reason: 'enough' });
        await again.replay('q', claim.items[0].id);
        assert.deepEqual((await counts(again))[1], [0, 0]);
      }),
    );

    it(
      'gives several back in their order',
      withStore(async ({ store }) => {
        await appendAll(store, 'q', ['a', 'b', 'c']);
        await store.release(await mustClaim(store, 'q', 2));
        assert.deepEqual(await drain(store, 'q'), ['a', 'b', 'c']);
      }),
    );
  });
}

import assert from 'node:assert/strict';
import type { Store } from '../../lib/store/store';
import { all, type BenchRunner } from './store-suite';
import { appendAll, drain, lease, mustClaim } from './store-suite-queues';
import { hourMs } from './suite-time';

/** What waited elsewhere before it was added. */
export function storeEarlierCases(withStore: BenchRunner): void {
  const payloads = async (store: Store): Promise<unknown[]> =>
    (await store.peek('q', 100)).map(({ payload }) => payload);

  describe('append of what came earlier', () => {
    it(
      'stands before what came later, and is as old as it is',
      withStore(async ({ store, now, advance, reopen }) => {
        await store.append('q', 'first', { durable: true });
        await advance(10 * hourMs);
        await appendAll(store, 'q', ['third', 'fourth'], true);
        await store.append('q', 'second', { durable: true, cameAt: now() - 5 * hourMs });
        const again = await reopen();
        const [first, second, third] = await again.peek('q', 10);
        assert.ok(first && second && third);
        assert.ok(second.ageMs >= 5 * hourMs && second.ageMs < 9 * hourMs, `an age of ${second.ageMs}`);
        assert.ok(first.appendedAt < second.appendedAt && second.appendedAt < third.appendedAt);
        assert.deepEqual(await drain(again, 'q'), ['first', 'second', 'third', 'fourth']);
      }),
    );

    it(
      'keeps the order of several, whatever came directly meanwhile',
      withStore(async ({ store, now, advance }) => {
        await advance(10 * hourMs);
        await appendAll(store, 'q', ['d', 'e']);
        await Promise.all([
          store.append('q', 'a', { cameAt: now() - 3 * hourMs }),
          store.append('q', 'b', { cameAt: now() - 2 * hourMs, durable: true }),
          store.append('q', 'c', { cameAt: now() - hourMs }),
        ]);
        assert.deepEqual(await payloads(store), ['a', 'b', 'c', 'd', 'e']);
      }),
    );

    it(
      'stands behind what came in the same moment',
      withStore(async ({ store, now }) => {
        const cameAt = now() - 2 * hourMs;
        await store.append('q', 'a', { cameAt });
        await store.append('q', 'b', { cameAt: cameAt + hourMs });
        await store.append('q', 'c', { cameAt: cameAt + hourMs });
        assert.deepEqual(await payloads(store), ['a', 'b', 'c']);
      }),
    );

    it(
      'overtakes nothing that is claimed, counted or not',
      withStore(async ({ store, now }) => {
        await appendAll(store, 'q', ['in hand', 'later']);
        const claim = await store.claim('q', { ...lease, uncounted: true });
        assert.ok(claim);
        await store.append('q', 'earlier', { cameAt: now() - hourMs });
        assert.deepEqual(await payloads(store), ['in hand', 'earlier', 'later']);
        assert.equal(await store.complete(claim), true);
        assert.deepEqual(await drain(store, 'q'), ['earlier', 'later']);
      }),
    );

    it(
      'overtakes nothing that was handed out before, nor what stands in front of that',
      withStore(async ({ store, now, reopen }) => {
        await appendAll(store, 'q', ['tried', 'later'], true);
        await store.release(await mustClaim(store, 'q'));
        await store.append('q', 'earlier', { cameAt: now() - hourMs, durable: true });
        assert.deepEqual(await payloads(await reopen()), ['tried', 'earlier', 'later']);
      }),
    );

    it(
      'is the only one of an empty queue, and never younger than now',
      withStore(async ({ store, now }) => {
        await store.append('q', 'of tomorrow', { cameAt: now() + 24 * hourMs });
        await store.append('q', 'next');
        const [first] = await store.peek('q', 1);
        assert.ok(first && first.ageMs >= 0 && first.ageMs < hourMs);
        assert.deepEqual(await drain(store, 'q'), ['of tomorrow', 'next']);
      }),
    );

    it(
      'is taken once like any other',
      withStore(async ({ store, now }) => {
        const once = { id: 'event-1', ttlMs: 10 * hourMs };
        await store.append('q', 'directly', { once });
        assert.deepEqual(await store.append('q', 'again', { once, cameAt: now() - 5 * hourMs }), {
          added: false,
        });
        assert.deepEqual(await drain(store, 'q'), ['directly']);
      }),
    );

    it(
      'tells the age of the oldest',
      withStore(async ({ store, now }) => {
        await store.append('q', 1, { cameAt: now() - 2 * hourMs });
        const [summary] = await all(store.queues());
        assert.ok(summary && (summary.oldestAgeMs ?? 0) >= 2 * hourMs);
      }),
    );

    it(
      'refuses a moment that is none',
      withStore(async ({ store }) => {
        await assert.rejects(store.append('q', 1, { cameAt: Number.NaN }), { code: 'INPUT_INVALID' });
        assert.deepEqual(await all(store.queues()), []);
      }),
    );
  });
}

import assert from 'node:assert/strict';
import type { Store } from '../../lib/store/store';
import { all, type BenchRunner } from './store-suite';
import { drain, mustClaim } from './store-suite-queues';
import { hourMs } from './suite-time';

async function buried(store: Store, queue: string, payload: unknown, keepMs?: number): Promise<string> {
  await store.append(queue, payload);
  const claim = await mustClaim(store, queue);
  const reason = `no luck with ${queue}`;
  assert.equal(await store.bury(claim, keepMs === undefined ? { reason } : { reason, keepMs }), true);
  return claim.items[0].id;
}

export function storeLetterCases(withStore: BenchRunner): void {
  describe('dead letters', () => {
    it(
      'are listed with reason, attempts and payload, also after a restart',
      withStore(async ({ store, reopen }) => {
        const id = await buried(store, 'q', { text: 'hi' });
        for (const each of [() => store, reopen]) {
          const [letter, ...others] = await all((await each()).deadLetters());
          assert.deepEqual(others, []);
          assert.ok(letter);
          const { buriedAt, appendedAt, ...rest } = letter;
          assert.ok(buriedAt >= appendedAt);
          const said = { reason: 'no luck with q', attempts: 1, unreadable: false };
          assert.deepEqual(rest, { queue: 'q', id, payload: { text: 'hi' }, ...said });
        }
      }),
    );

    it(
      'let the next item come',
      withStore(async ({ store }) => {
        await buried(store, 'q', 'bad');
        await store.append('q', 'good');
        assert.deepEqual(await drain(store, 'q'), ['good']);
        assert.equal((await all(store.deadLetters('q'))).length, 1);
      }),
    );

    it(
      'can be listed by the beginning of the queue',
      withStore(async ({ store }) => {
        await buried(store, 'a:1', 1);
        await buried(store, 'b:1', 2);
        const found = await all(store.deadLetters('a:'));
        assert.deepEqual(
          found.map(({ payload }) => payload),
          [1],
        );
      }),
    );

    it(
      'are replayed at the end of their queue, as if new',
      withStore(async ({ store, reopen, advance }) => {
        const id = await buried(store, 'q', 'again');
        await advance(5 * hourMs);
        await store.append('q', 'other');
        assert.equal(await store.replay('q', id), true);
        assert.deepEqual(await all(store.deadLetters()), []);
        const again = await reopen();
        const first = await mustClaim(again, 'q');
        assert.equal(first.items[0].payload, 'other');
        await again.complete(first);
        const [{ payload, attempts, ageMs, reason }] = (await mustClaim(again, 'q')).items;
        assert.deepEqual([payload, attempts, reason], ['again', 1, undefined]);
        assert.ok(ageMs < hourMs, `an age of ${ageMs}`);
      }),
    );

    it(
      'are replayed into an empty queue',
      withStore(async ({ store }) => {
        const id = await buried(store, 'q', 'again');
        await store.replay('q', id);
        assert.deepEqual(await drain(store, 'q'), ['again']);
      }),
    );

    it(
      'can be discarded',
      withStore(async ({ store, reopen }) => {
        const id = await buried(store, 'q', 'bad');
        assert.equal(await store.discard('q', id), true);
        assert.equal(await store.discard('q', id), false);
        assert.equal(await store.replay('q', id), false);
        assert.deepEqual(await all((await reopen()).deadLetters()), []);
      }),
    );

    it(
      'are neither replayed nor discarded when there are none',
      withStore(async ({ store }) => {
        const waiting = await store.append('q', 'waits');
        assert.equal(await store.replay('none', 'x'), false);
        assert.ok(waiting.added);
        assert.equal(await store.discard('q', waiting.id), false);
        assert.deepEqual(await drain(store, 'q'), ['waits']);
      }),
    );

    it(
      'go after their time',
      withStore(async ({ store, advance }) => {
        const id = await buried(store, 'q', 'bad', 10 * hourMs);
        await advance(9 * hourMs);
        assert.equal((await all(store.deadLetters())).length, 1);
        await advance(2 * hourMs);
        assert.deepEqual(await all(store.deadLetters()), []);
        assert.equal(await store.replay('q', id), false);
        assert.deepEqual(await all(store.queues()), []);
      }),
    );

    it(
      'are made of all items of a claim',
      withStore(async ({ store }) => {
        for (const payload of [1, 2, 3]) await store.append('q', payload);
        await store.bury(await mustClaim(store, 'q', 2), { reason: 'both' });
        assert.equal((await all(store.deadLetters())).length, 2);
        assert.deepEqual(await drain(store, 'q'), [3]);
      }),
    );
  });

  describe('overview', () => {
    it(
      'lists queues with what waits, is claimed and is dead',
      withStore(async ({ store, advance }) => {
        await buried(store, 'a:1', 0);
        for (const payload of [1, 2, 3]) await store.append('a:1', payload);
        await advance(2 * hourMs);
        await mustClaim(store, 'a:1');
        await store.append('b:1', 4);
        const [found, ...others] = await all(store.queues('a:'));
        assert.deepEqual(others, []);
        assert.ok(found);
        const { oldestAgeMs, readyInMs, ...counts } = found;
        assert.deepEqual(counts, { queue: 'a:1', waiting: 2, claimed: 1, dead: 1 });
        assert.ok(oldestAgeMs !== undefined && oldestAgeMs >= 2 * hourMs);
        assert.ok(readyInMs > 9 * hourMs && readyInMs <= 10 * hourMs, `ready in ${readyInMs}`);
        assert.equal((await all(store.queues())).length, 2);
      }),
    );

    it(
      'tells when a queue is due',
      withStore(async ({ store, advance }) => {
        await store.append('q', 1);
        assert.equal((await all(store.queues()))[0]?.readyInMs, 0);
        await store.release(await mustClaim(store, 'q'), { afterMs: 5 * hourMs });
        await advance(hourMs);
        const dueIn = (await all(store.queues()))[0]?.readyInMs ?? 0;
        assert.ok(dueIn > 3 * hourMs && dueIn <= 4 * hourMs, `due in ${dueIn}`);
        await advance(5 * hourMs);
        assert.equal((await all(store.queues()))[0]?.readyInMs, 0);
      }),
    );

    it(
      'leaves out queues that hold nothing',
      withStore(async ({ store, reopen }) => {
        await store.append('q', 1);
        await drain(store, 'q');
        assert.deepEqual(await all(store.queues()), []);
        assert.deepEqual(await all((await reopen()).queues()), []);
      }),
    );

    it(
      'finds after a restart what waits, without knowing the names',
      withStore(async ({ store, reopen }) => {
        for (let n = 0; n < 30; n += 1) await store.append(`dialog:${n}`, n, { durable: true });
        const found = await all((await reopen()).queues('dialog:'));
        assert.equal(found.length, 30);
        assert.ok(found.every(({ waiting, claimed, dead }) => waiting === 1 && claimed === 0 && dead === 0));
      }),
    );

    it(
      'counts everything in stats',
      withStore(async ({ store, advance }) => {
        await store.set('a', 1);
        await store.set('b', 1, { sealed: true });
        await buried(store, 'q', 0);
        await store.append('q', 1);
        await store.append('q', 2);
        await advance(5 * hourMs);
        await mustClaim(store, 'q');
        const { state, reason, liveKeys, unreadable, waiting, claimed, dead, oldestAgeMs } =
          await store.stats();
        assert.deepEqual(
          { state, reason, liveKeys, unreadable, waiting, claimed, dead },
          { state: 'ready', reason: undefined, liveKeys: 2, unreadable: 0, waiting: 1, claimed: 1, dead: 1 },
        );
        assert.ok(oldestAgeMs !== undefined && oldestAgeMs >= 5 * hourMs);
      }),
    );
  });

  describe('as a whole', () => {
    it(
      'keeps each of many dialogs in order while they are worked on side by side',
      withStore(async ({ store }) => {
        const dialogs = Array.from({ length: 20 }, (_, n) => `dialog:${n}`);
        const intake = dialogs.flatMap((name) =>
          Array.from({ length: 5 }, (_, n) => store.append(name, n, { durable: n === 2 })),
        );
        await Promise.all(intake);
        const taken = await Promise.all(dialogs.map((name) => drain(store, name)));
        assert.ok(taken.every((list) => list.join() === '0,1,2,3,4'));
      }),
    );

    it(
      'has everything after a flush and a restart',
      withStore(async ({ store, reopen }) => {
        for (let n = 0; n < 100; n += 1) await store.set(`k:${n}`, n);
        await store.flush();
        assert.equal((await all((await reopen()).scan('k:'))).length, 100);
      }),
    );

    it(
      'seals anew with another key and goes on',
      withStore(async ({ store }) => {
        await store.set('token', 'secret', { sealed: true });
        await store.append('q', 'payload');
        await buried(store, 'dead', 'letter');
        const { unreadable } = await store.rotateKey(Buffer.alloc(32, 'n').toString('base64'));
        assert.equal(unreadable, 0);
        assert.equal(await store.get('token'), 'secret');
        assert.deepEqual(await drain(store, 'q'), ['payload']);
        assert.equal((await all(store.deadLetters()))[0]?.payload, 'letter');
      }),
    );

    it(
      'takes nothing once it is closed, and can be closed twice',
      withStore(async ({ store }) => {
        await store.close();
        await store.close();
        await assert.rejects(store.set('key', 1), { code: 'CANCELLED' });
        await assert.rejects(store.append('q', 1, { durable: true }), { code: 'CANCELLED' });
        assert.equal((await store.stats()).state, 'closed');
      }),
    );
  });
}

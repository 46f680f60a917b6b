import assert from 'node:assert/strict';
import type { Claim, Store } from '../../lib/store/store';
import { all, type BenchRunner } from './store-suite';
import { hourMs } from './suite-time';

export const lease = { owner: 'me', leaseMs: 10 * hourMs };

export async function mustClaim(store: Store, queue: string, count = 1, owner = 'me'): Promise<Claim> {
  const claim = await store.claim(queue, { ...lease, owner, count });
  assert.ok(claim, `nothing to claim in ${queue}`);
  return claim;
}

/** Takes everything out, one after another. */
export async function drain(store: Store, queue: string): Promise<unknown[]> {
  const taken: unknown[] = [];
  for (let claim = await store.claim(queue, lease); claim; claim = await store.claim(queue, lease)) {
    taken.push(claim.items[0].payload);
    assert.equal(await store.complete(claim), true);
  }
  return taken;
}

export async function appendAll(
  store: Store,
  queue: string,
  payloads: unknown[],
  durable = false,
): Promise<void> {
  for (const payload of payloads) await store.append(queue, payload, { durable });
}

export function storeQueueCases(withStore: BenchRunner): void {
  describe('append', () => {
    it(
      'keeps the order, also over a restart',
      withStore(async ({ store, reopen }) => {
        await appendAll(store, 'q', ['a', 'b'], true);
        await appendAll(store, 'q', ['c']);
        assert.deepEqual(await drain(await reopen(), 'q'), ['a', 'b', 'c']);
      }),
    );

    it(
      'keeps the order of calls that are not awaited',
      withStore(async ({ store }) => {
        const wanted = Array.from({ length: 100 }, (_, n) => n);
        await Promise.all(wanted.map((n) => store.append('q', n, { durable: n % 3 === 0 })));
        assert.deepEqual(await drain(store, 'q'), wanted);
      }),
    );

    it(
      'keeps queues apart',
      withStore(async ({ store }) => {
        await appendAll(store, 'chat1', [1, 2]);
        await appendAll(store, 'chat10', [3]);
        assert.deepEqual(await drain(store, 'chat1'), [1, 2]);
        assert.deepEqual(await drain(store, 'chat10'), [3]);
      }),
    );

    it(
      'takes any name and any payload',
      withStore(async ({ store, reopen }) => {
        const payloads = [null, '', 'ё😀\u0000', { deep: [{}] }, 0, false, 'x'.repeat(1_000_000)];
        for (const name of ['', 'a:*?', '__proto__', 'чат 😀']) await appendAll(store, name, payloads);
        const again = await reopen();
        for (const name of ['', 'a:*?', '__proto__', 'чат 😀']) {
          assert.deepEqual(await drain(again, name), payloads);
        }
      }),
    );

    it(
      'gives every item an id of its own',
      withStore(async ({ store, reopen }) => {
        const ids = new Set<string>();
        for (let n = 0; n < 10; n += 1) {
          const added = await store.append('q', 'same');
          if (added.added) ids.add(added.id);
        }
        const later = await (await reopen()).append('q', 'same');
        if (later.added) ids.add(later.id);
        assert.equal(ids.size, 11);
      }),
    );

    it(
      'refuses what JSON cannot say',
      withStore(async ({ store }) => {
        await assert.rejects(store.append('q', undefined), { code: 'INPUT_INVALID' });
        assert.deepEqual(await all(store.queues()), []);
      }),
    );
  });

  describe('append once', () => {
    const once = { id: 'event-1', ttlMs: 10 * hourMs };

    it(
      'takes an id once, whatever the queue',
      withStore(async ({ store }) => {
        assert.equal((await store.append('q', 1, { once })).added, true);
        assert.deepEqual(await store.append('q', 2, { once }), { added: false });
        assert.deepEqual(await store.append('other', 3, { once, durable: true }), { added: false });
        assert.deepEqual(await drain(store, 'q'), [1]);
        assert.deepEqual(await drain(store, 'other'), []);
      }),
    );

    it(
      'remembers it when the item is done, and over a restart',
      withStore(async ({ store, reopen }) => {
        await store.append('q', 1, { once });
        assert.deepEqual(await drain(store, 'q'), [1]);
        assert.equal((await store.append('q', 1, { once })).added, false);
        assert.equal((await (await reopen()).append('q', 1, { once })).added, false);
      }),
    );

    it(
      'forgets it after its time',
      withStore(async ({ store, advance }) => {
        await store.append('q', 1, { once });
        await advance(11 * hourMs);
        assert.equal((await store.append('q', 2, { once })).added, true);
        assert.deepEqual(await drain(store, 'q'), [1, 2]);
      }),
    );

    it(
      'takes one of many that come at once',
      withStore(async ({ store }) => {
        const tries = Array.from({ length: 40 }, (_, n) =>
          store.append('q', n, { once, durable: n % 2 === 0 }),
        );
        const added = (await Promise.all(tries)).filter((outcome) => outcome.added);
        assert.equal(added.length, 1);
        assert.equal((await drain(store, 'q')).length, 1);
      }),
    );

    it(
      'has ids of its own, apart from keys',
      withStore(async ({ store }) => {
        await store.set('event-1', 'a value');
        assert.equal((await store.append('q', 1, { once })).added, true);
        assert.equal(await store.get('event-1'), 'a value');
      }),
    );
  });

  describe('claim', () => {
    it(
      'gives nothing of an empty or unknown queue',
      withStore(async ({ store }) => {
        assert.equal(await store.claim('none', lease), undefined);
        await store.append('q', 1);
        await drain(store, 'q');
        assert.equal(await store.claim('q', lease), undefined);
      }),
    );

    it(
      'gives the head, with its id, its age and its attempt',
      withStore(async ({ store, advance }) => {
        const added = await store.append('q', { text: 'hi' }, { durable: true });
        await store.append('q', 'later');
        await advance(5 * hourMs);
        const claim = await mustClaim(store, 'q');
        assert.deepEqual([claim.queue, claim.owner, claim.items.length], ['q', 'me', 1]);
        const [{ id, payload, attempts, ageMs, reason }] = claim.items;
        assert.deepEqual({ added: true, id }, added);
        assert.deepEqual([payload, attempts, reason], [{ text: 'hi' }, 1, undefined]);
        assert.ok(ageMs >= 5 * hourMs && ageMs < 6 * hourMs, `an age of ${ageMs}`);
      }),
    );

    it(
      'gives a queue to one at a time',
      withStore(async ({ store }) => {
        await appendAll(store, 'q', [1, 2]);
        const claim = await mustClaim(store, 'q');
        assert.equal(await store.claim('q', lease), undefined);
        assert.equal(await store.claim('q', { ...lease, owner: 'other' }), undefined);
        await store.complete(claim);
        assert.equal((await mustClaim(store, 'q', 1, 'other')).items[0].payload, 2);
      }),
    );

    it(
      'lets one of many win',
      withStore(async ({ store }) => {
        await appendAll(store, 'q', [1, 2, 3]);
        const tries = Array.from({ length: 20 }, (_, n) => store.claim('q', { ...lease, owner: `o${n}` }));
        assert.equal((await Promise.all(tries)).filter(Boolean).length, 1);
      }),
    );

    it(
      'gives different queues side by side',
      withStore(async ({ store }) => {
        await appendAll(store, 'a', [1]);
        await appendAll(store, 'b', [2]);
        const claims = [await mustClaim(store, 'a'), await mustClaim(store, 'b')];
        assert.deepEqual(
          claims.map(({ items }) => items[0].payload),
          [1, 2],
        );
      }),
    );

    it(
      'gives several from the head when asked to, and ends them together',
      withStore(async ({ store }) => {
        await appendAll(store, 'q', ['a', 'b', 'c']);
        const claim = await mustClaim(store, 'q', 2);
        assert.deepEqual(
          claim.items.map(({ payload, attempts }) => [payload, attempts]),
          [
            ['a', 1],
            ['b', 1],
          ],
        );
        assert.equal(await store.complete(claim), true);
        assert.deepEqual(await drain(store, 'q'), ['c']);
      }),
    );

    it(
      'gives what there is when there is less than asked for',
      withStore(async ({ store }) => {
        await appendAll(store, 'q', ['a', 'b']);
        assert.equal((await mustClaim(store, 'q', 10)).items.length, 2);
      }),
    );

    it(
      'leaves what comes meanwhile behind the claim',
      withStore(async ({ store }) => {
        await appendAll(store, 'q', ['a']);
        const claim = await mustClaim(store, 'q', 5);
        await appendAll(store, 'q', ['b']);
        await store.complete(claim);
        assert.deepEqual(await drain(store, 'q'), ['b']);
      }),
    );

    it(
      'refuses a lease that is none',
      withStore(async ({ store }) => {
        await store.append('q', 1);
        await assert.rejects(store.claim('q', { owner: 'me', leaseMs: 0 }), { code: 'INPUT_INVALID' });
        await mustClaim(store, 'q');
      }),
    );
  });

  describe('peek', () => {
    it(
      'shows the first items without claiming them',
      withStore(async ({ store }) => {
        await appendAll(store, 'q', ['a', 'b', 'c']);
        const items = await store.peek('q', 2);
        assert.deepEqual(
          items.map(({ payload, attempts }) => [payload, attempts]),
          [
            ['a', 0],
            ['b', 0],
          ],
        );
        assert.equal((await mustClaim(store, 'q')).items[0].attempts, 1);
        assert.deepEqual(await store.peek('none', 5), []);
      }),
    );

    it(
      'tells the ages, by which a window can be reckoned',
      withStore(async ({ store, advance }) => {
        await store.append('q', 'first');
        await advance(3 * hourMs);
        await store.append('q', 'last');
        const [first, last] = await store.peek('q', 10);
        assert.ok(first && last);
        const apart = first.ageMs - last.ageMs;
        assert.ok(apart >= 3 * hourMs && apart < 4 * hourMs, `${apart} apart`);
      }),
    );
  });
}

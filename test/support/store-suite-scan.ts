import assert from 'node:assert/strict';
import type { Store } from '../../lib/store/store';
import { all, type BenchRunner } from './store-suite';
import { hourMs } from './suite-time';

async function keysOf(store: Store, prefix: string): Promise<string[]> {
  return (await all(store.scan(prefix))).map(({ key }) => key).sort();
}

export function storeScanCases(withStore: BenchRunner): void {
  describe('compare and set', () => {
    it(
      'sets only when the value is the expected one',
      withStore(async ({ store }) => {
        await store.set('key', 'a');
        assert.equal(await store.compareAndSet('key', 'b', 'c'), false);
        assert.equal(await store.get('key'), 'a');
        assert.equal(await store.compareAndSet('key', 'a', 'c'), true);
        assert.equal(await store.get('key'), 'c');
      }),
    );

    it(
      'sets only when there is none',
      withStore(async ({ store }) => {
        assert.equal(await store.compareAndSet('key', undefined, 1), true);
        assert.equal(await store.compareAndSet('key', undefined, 2), false);
        assert.equal(await store.get('key'), 1);
      }),
    );

    it(
      'deletes when the new value is none',
      withStore(async ({ store, reopen }) => {
        await store.set('key', 1);
        assert.equal(await store.compareAndSet('key', 2, undefined), false);
        assert.equal(await store.compareAndSet('key', 1, undefined), true);
        assert.equal(await (await reopen()).get('key'), undefined);
      }),
    );

    it(
      'compares as JSON, whatever the order of properties',
      withStore(async ({ store }) => {
        await store.set('key', { a: 1, b: [true] }, { sealed: true });
        const same = { b: [true], a: 1, gone: undefined };
        assert.equal(await store.compareAndSet('key', { a: 1 }, 2, { sealed: true }), false);
        assert.equal(await store.compareAndSet('key', same, null), true);
        assert.equal(await store.compareAndSet('key', undefined, 3), false);
        assert.equal(await store.get('key'), null);
      }),
    );

    it(
      'gives what it set a time to live',
      withStore(async ({ store, advance }) => {
        await store.compareAndSet('key', undefined, 1, { ttlMs: 100, durable: true });
        await advance(200);
        assert.equal(await store.get('key'), undefined);
      }),
    );

    it(
      'lets one of many win',
      withStore(async ({ store }) => {
        const tries = Array.from({ length: 50 }, (_, n) => store.compareAndSet('key', undefined, n));
        const wins = (await Promise.all(tries)).filter(Boolean);
        assert.equal(wins.length, 1);
      }),
    );

    it(
      'counts right when many add at once',
      withStore(async ({ store }) => {
        await store.set('count', 0);
        const addOne = async (): Promise<void> => {
          for (;;) {
            const count = await store.get('count');
            if (await store.compareAndSet('count', count, Number(count) + 1)) return;
          }
        };
        await Promise.all(Array.from({ length: 20 }, addOne));
        assert.equal(await store.get('count'), 20);
      }),
    );
  });

  describe('scan', () => {
    it(
      'gives the keys of a prefix with value and time left',
      withStore(async ({ store }) => {
        await store.set('a:1', 'one', { ttlMs: 10 * hourMs });
        await store.set('a:2', { two: 2 }, { sealed: true });
        await store.set('b:1', 'other');
        const entries = await all(store.scan('a:'));
        entries.sort((left, right) => left.key.localeCompare(right.key));
        assert.deepEqual(
          entries.map(({ key, value, unreadable }) => [key, value, unreadable]),
          [
            ['a:1', 'one', false],
            ['a:2', { two: 2 }, false],
          ],
        );
        const [first, second] = entries;
        assert.ok(first?.ttlMs !== undefined && first.ttlMs > 9 * hourMs && first.ttlMs <= 10 * hourMs);
        assert.equal(second?.ttlMs, undefined);
      }),
    );

    it(
      'takes the prefix literally',
      withStore(async ({ store }) => {
        for (const key of ['a*1', 'ab1', 'a?1', 'a[b]1', 'a\\1']) await store.set(key, 1);
        assert.deepEqual(await keysOf(store, 'a*'), ['a*1']);
        assert.deepEqual(await keysOf(store, 'a?'), ['a?1']);
        assert.deepEqual(await keysOf(store, 'a[b]'), ['a[b]1']);
        assert.deepEqual(await keysOf(store, 'a\\'), ['a\\1']);
      }),
    );

    it(
      'gives all of them for an empty prefix, and no queue',
      withStore(async ({ store }) => {
        await store.set('a', 1);
        await store.set('ё', 1);
        await store.append('a queue', 1);
        assert.deepEqual(await keysOf(store, ''), ['a', 'ё']);
      }),
    );

    it(
      'leaves out what is over',
      withStore(async ({ store, advance }) => {
        await store.set('a:1', 1, { ttlMs: 100 });
        await store.set('a:2', 1);
        await advance(200);
        assert.deepEqual(await keysOf(store, 'a:'), ['a:2']);
      }),
    );

    it(
      'gives every lasting key once, while others come and go',
      withStore(async ({ store }) => {
        const names = Array.from({ length: 300 }, (_, n) => `k:${n}`);
        for (const name of names) await store.set(name, 1);
        const given: string[] = [];
        for await (const { key } of store.scan('k:')) {
          given.push(key);
          const place = given.length;
          if (place > 400) continue;
          await store.set(`k:new-${place}`, 1);
          // Gone and back again: must not come twice.
          await store.delete(key);
          await store.set(key, 2);
          if (place % 3 === 0) await store.set(`k:${place % 300}`, 3);
        }
        const lasting = given.filter((key) => !key.startsWith('k:new-'));
        assert.deepEqual([...new Set(given)].length, given.length);
        assert.deepEqual(new Set(lasting), new Set(names));
      }),
    );

    it(
      'can be left early',
      withStore(async ({ store }) => {
        for (let n = 0; n < 50; n += 1) await store.set(`k:${n}`, n);
        let seen = 0;
        for await (const entry of store.scan('k:')) {
          assert.ok(entry.key.startsWith('k:'));
          seen += 1;
          if (seen === 3) break;
        }
        assert.equal(seen, 3);
        assert.equal((await all(store.scan('k:'))).length, 50);
      }),
    );
  });
}

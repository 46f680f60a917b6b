import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { RedisStore } from '../../../lib/store/redis/redis-store';
import type { Claim, Store } from '../../../lib/store/store';
import { all } from '../../support/store-suite';
import { lease, mustClaim } from '../../support/store-suite-queues';
import { until } from '../../support/until';
import { useRedis } from './redis-bench';

const words = 'an encryption key of a person';

describe('two stores on one Redis', () => {
  const redis = useRedis();

  it('hand out each item once and each queue in its order, whoever asks', async () => {
    const stores = [await redis.open(), await redis.open()] as const;
    const dialogs = Array.from({ length: 30 }, (_, n) => `dialog:${n}`);
    const appended = dialogs.flatMap((name, place) =>
      Array.from({ length: 10 }, async (_, n) => {
        const once = { id: `${name}:${n}`, ttlMs: 60_000 };
        // The portal sends an event to one of them, and again to the other.
        await stores[place % 2]?.append(name, n, { once });
        return stores[(place + 1) % 2]?.append(name, n, { once });
      }),
    );
    assert.ok((await Promise.all(appended)).every((again) => again?.added === false));
    const handled = new Map<string, unknown[]>(dialogs.map((name) => [name, []]));
    const work = async (store: Store, owner: string): Promise<void> => {
      for (;;) {
        let isOver = true;
        for await (const { queue } of store.queues('dialog:')) {
          isOver = false;
          const claim = await store.claim(queue, { ...lease, owner });
          if (!claim) continue;
          handled.get(queue)?.push(claim.items[0].payload);
          assert.equal(await store.complete(claim), true);
        }
        if (isOver) return;
      }
    };
    await Promise.all([...stores, ...stores].map((store, n) => work(store, `worker ${n}`)));
    for (const [name, list] of handled) assert.equal(list.join(), '0,1,2,3,4,5,6,7,8,9', name);
  });

  it('let one of them win a comparison, and show each the values of the other', async () => {
    const [one, two] = [await redis.open(), await redis.open()];
    const adding = async (store: Store): Promise<void> => {
      for (let added = 0; added < 25;) {
        const count = await store.get('count');
        if (await store.compareAndSet('count', count, Number(count ?? 0) + 1, { sealed: true })) added += 1;
      }
    };
    await Promise.all([adding(one), adding(two)]);
    assert.deepEqual([await one.get('count'), await two.get('count')], [50, 50]);
  });

  it('know that a claim has passed on by closing', async () => {
    const [one, two] = [await redis.open(), await redis.open()];
    await one.append('q', 'a');
    const claim = await mustClaim(one, 'q');
    assert.equal(await one.isOurs(claim), true);
    const closing = one.close();
    assert.equal(await one.isOurs(claim), false);
    await closing;
    const next = await mustClaim(two, 'q');
    assert.deepEqual([await one.isOurs(claim), await two.isOurs(next)], [false, true]);
  });

  it('leave a claim alone as long as its owner is there', async () => {
    const [one, two] = [await redis.open(), await redis.open()];
    await one.append('q', 'a');
    await one.append('q', 'b');
    const claim = await mustClaim(one, 'q');
    assert.equal(await two.claim('q', lease), undefined);
    const [summary] = await all(two.queues());
    // Looked at again before the lease is over, in case its owner dies.
    assert.ok(summary && summary.readyInMs > 0 && summary.readyInMs <= 5000);
    assert.equal(await one.complete(claim), true);
    assert.equal((await mustClaim(two, 'q')).items[0].payload, 'b');
  });

  it('free the claims of one that is closed', async () => {
    const [one, two] = [await redis.open(), await redis.open()];
    await one.append('q', 'a');
    await mustClaim(one, 'q');
    await one.close();
    const claim = await mustClaim(two, 'q');
    assert.deepEqual([claim.items[0].payload, claim.items[0].attempts], ['a', 2]);
  });

  describe('when one dies', () => {
    let now = 0;
    const long = { owner: 'me', leaseMs: 3_600_000 };
    beforeEach(() => (now = 0));

    /** Watches another one, by a clock of its own. */
    const watcher = (): Promise<RedisStore> => redis.open({ monotonic: () => now, beatMs: 10 });

    async function died(store: RedisStore, claimer: Store): Promise<Claim> {
      await claimer.append('q', 'a');
      const claim = await claimer.claim('q', long);
      assert.ok(claim);
      const instances = await redis.client().hkeys('{bitbot}:~:beats');
      assert.equal(instances.length, 2);
      assert.equal(await store.claim('q', long), undefined);
      return claim;
    }

    it('frees its claims after twenty seconds of silence', async () => {
      const two = await watcher();
      const silent = await redis.open({ beatMs: 3_600_000 });
      const claim = await died(two, silent);
      await beatsOf(two);
      now += 19_000;
      await beatsOf(two);
      assert.equal(await two.claim('q', long), undefined);
      now += 2000;
      await beatsOf(two);
      const next = await mustClaim(two, 'q');
      assert.equal(next.items[0].attempts, 2);
      // It was not dead, only silent: what it has in hand is not its own any more.
      assert.equal(await silent.complete(claim), false);
      assert.equal(await two.complete(next), true);
      assert.deepEqual(await all(two.queues()), []);
    });

    it('frees what it did alone, and tells it so when it speaks again', async () => {
      const two = await watcher();
      const silent = await redis.open({ beatMs: 3_600_000 });
      const hold = await silent.hold('poller');
      assert.ok(hold);
      await beatsOf(two);
      now += 19_000;
      await beatsOf(two);
      assert.equal(await two.hold('poller'), undefined);
      now += 2000;
      await beatsOf(two);
      const taken = await two.hold('poller');
      assert.equal(await hold.isOurs(), false);
      assert.equal(hold.lost.aborted, true);
      await hold.release();
      assert.equal(await taken?.isOurs(), true);
    });

    it('frees also what it took on after it was forgotten', async () => {
      const two = await watcher();
      const forgotten = await redis.open({ beatMs: 3_600_000 });
      await redis.client().del('{bitbot}:~:beats');
      assert.ok(await forgotten.hold('poller'));
      await beatsOf(two);
      now += 21_000;
      await beatsOf(two);
      assert.ok(await two.hold('poller'));
    });

    it('holds nothing any more once it is being closed', async () => {
      const one = await redis.open();
      const asked = one.hold('before');
      const closing = one.close();
      await assert.rejects(one.hold('after'), { name: 'CancelledError' });
      await Promise.all([asked.catch(() => undefined), closing]);
      assert.deepEqual(await redis.client().hgetall('{bitbot}:~:holds'), {});
    });

    it('keeps what it does alone while the server is emptied, unless somebody else was faster', async () => {
      const [one, two] = [await redis.open({ beatMs: 10 }), await redis.open()];
      const [kept, lost] = [await one.hold('kept'), await one.hold('lost')];
      await redis.client().flushall();
      assert.equal(await kept?.isOurs(), true);
      assert.equal(await two.hold('kept'), undefined);
      await redis.client().flushall();
      const faster = await two.hold('lost');
      await until(() => faster === undefined || lost?.lost.aborted === true, 'the loss to be told');
    });

    it('gives up in the end what it could not give up while the server was away', async () => {
      const [one, two] = [await redis.open({ beatMs: 10, commandMs: 100 }), await redis.open()];
      const hold = await one.hold('poller');
      await redis.client().call('CLIENT', 'PAUSE', '300', 'ALL');
      await assert.rejects(async () => hold?.release(), { code: 'STORE_UNAVAILABLE' });
      await until(async () => (await two.hold('poller')) !== undefined, 'the place to be free');
    });

    it('does not take one for dead that speaks, however long it works', async () => {
      const two = await watcher();
      const busy = await redis.open({ beatMs: 10 });
      const claim = await died(two, busy);
      for (let passed = 0; passed < 10; passed += 1) {
        now += 10_000;
        await beatsOf(busy);
        await beatsOf(two);
      }
      assert.equal(await two.claim('q', long), undefined);
      assert.equal(await busy.complete(claim), true);
    });

    it('watches all anew after an outage, in which everybody was silent', async () => {
      const told: string[] = [];
      const onStateChange = (reason: string | undefined): void => void told.push(reason ?? 'ready');
      const two = await redis.open({ monotonic: () => now, beatMs: 10, commandMs: 100, onStateChange });
      const silent = await redis.open({ beatMs: 3_600_000 });
      await died(two, silent);
      await beatsOf(two);
      await redis.client().call('CLIENT', 'PAUSE', '600', 'ALL');
      await until(() => told.includes('TIMEOUT'), 'the outage to be noticed');
      now += 60_000;
      await until(() => told.at(-1) === 'ready', 'the store to be back');
      await beatsOf(two);
      assert.equal(await two.claim('q', long), undefined);
      now += 21_000;
      await beatsOf(two);
      assert.equal((await mustClaim(two, 'q')).items[0].attempts, 2);
    });

    /** Resolves after two more beats of this store: the first may have been under way. */
    async function beatsOf(store: RedisStore): Promise<void> {
      const read = async (): Promise<number> =>
        Number(await redis.client().hget('{bitbot}:~:beats', store.instance));
      const start = await read();
      await until(async () => (await read()) >= start + 2, 'two beats');
    }
  });

  describe('and their encryption key', () => {
    it('need the same one: another is refused before anything is harmed', async () => {
      const one = await redis.open({ encryptionKey: words });
      await one.append('q', 'a');
      await assert.rejects(redis.open({ encryptionKey: `${words}!` }), { code: 'CONFIG_INVALID' });
      assert.equal((await mustClaim(one, 'q')).items[0].payload, 'a');
    });

    it('go on when it is changed, and need the new one at the next start', async () => {
      const [one, two] = [
        await redis.open({ encryptionKey: words }),
        await redis.open({ encryptionKey: words }),
      ];
      await one.set('token', 'secret', { sealed: true });
      await one.useEncryptionKey(`${words} changed`);
      await two.set('other', 'secret 2', { sealed: true });
      assert.deepEqual([await two.get('token'), await one.get('other')], ['secret', 'secret 2']);
      await assert.rejects(redis.open({ encryptionKey: words }), { code: 'CONFIG_INVALID' });
      const three = await redis.open({ encryptionKey: `${words} changed` });
      assert.deepEqual([await three.get('token'), await three.get('other')], ['secret', 'secret 2']);
    });

    it('read what was sealed anew by the other with a key they have never seen', async () => {
      const [one, two] = [await redis.open(), await redis.open()];
      await one.set('token', 'secret', { sealed: true, ttlMs: 600_000 });
      await one.append('q', 'a');
      await one.append('dead', 'b');
      await one.bury(await mustClaim(one, 'dead'), { reason: 'why' });
      const before = await redis.client().get('{bitbot}:~:value:token');
      const rotated = await one.rotateKey(randomBytes(32).toString('base64'));
      assert.deepEqual(rotated, { resealed: 3, unreadable: 0 });
      assert.notEqual(await redis.client().get('{bitbot}:~:value:token'), before);
      assert.ok((await redis.client().ttl('{bitbot}:~:value:token')) > 500);
      assert.equal(await two.get('token'), 'secret');
      assert.equal((await mustClaim(two, 'q')).items[0].payload, 'a');
      assert.equal((await all(two.deadLetters()))[0]?.payload, 'b');
    });

    it('say of what is sealed with a lost one that it cannot be read, and bury what waits', async () => {
      const one = await redis.open();
      await one.set('token', 'secret', { sealed: true });
      await one.append('q', 'a');
      await one.close();
      await redis.client().del('{bitbot}:~:keys');
      const two = await redis.open();
      await two.append('q', 'b');
      await assert.rejects(two.get('token'), { code: 'STORE_KEY_LOST' });
      assert.equal((await all(two.scan('')))[0]?.unreadable, true);
      assert.equal((await two.stats()).unreadable, 1);
      assert.equal((await mustClaim(two, 'q')).items[0].payload, 'b');
      const [letter] = await all(two.deadLetters());
      assert.deepEqual([letter?.reason, letter?.unreadable, letter?.attempts], ['STORE_KEY_LOST', true, 0]);
    });
  });
});

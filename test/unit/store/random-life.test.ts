import assert from 'node:assert/strict';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Claim, Store } from '../../../lib/store/store';
import { pick, seededRandom } from '../core/random';
import { all, keyOf, openOn, testTime } from './open-store';
import { createTestDisk } from './test-disk';

const names = ['a', 'b', 'c', 'd'] as const;

/** All that can be seen of a store, without ids, which differ between two stores. */
async function everything(store: Store): Promise<unknown> {
  const values = (await all(store.scan(''))).sort((left, right) => left.key.localeCompare(right.key));
  const waiting = [];
  for (const name of names) {
    const items = await store.peek(name, 1000);
    waiting.push(items.map(({ payload, attempts, ageMs, reason }) => ({ payload, attempts, ageMs, reason })));
  }
  const letters = (await all(store.deadLetters())).map(({ queue, payload, reason, attempts }) =>
    JSON.stringify({ queue, payload, reason, attempts }),
  );
  return { values, waiting, letters: letters.sort() };
}

type Step = (store: Store, claims: Map<string, Claim>) => Promise<unknown>;

/** One step of a life, to be taken by two stores alike. */
function nextStep(random: () => number, n: number): Step {
  const name = pick(random, names);
  const key = `key ${Math.floor(random() * 12)}`;
  const durable = random() < 0.3;
  const sealed = random() < 0.3;
  const ttl = random() < 0.3 ? { ttlMs: 1 + Math.floor(random() * 60_000) } : {};
  const id = `once ${Math.floor(random() * 30)}`;
  const withClaim = async (
    claims: Map<string, Claim>,
    end: (claim: Claim) => Promise<boolean>,
  ): Promise<unknown> => {
    const claim = claims.get(name);
    claims.delete(name);
    return claim ? end(claim) : undefined;
  };
  return pick<Step>(random, [
    (store) => store.set(key, { n, pad: 'x'.repeat(n % 300) }, { durable, sealed, ...ttl }),
    (store) => store.touch(key, ttl.ttlMs ?? 5000),
    (store) => store.delete(key, { durable }),
    (store) => store.compareAndSet(key, undefined, n, ttl),
    async (store) => (await store.append(name, { n }, { durable, once: { id, ttlMs: 30_000 } })).added,
    async (store) => (await store.append(name, `text ${n}`, { durable })).added,
    async (store, claims) => {
      const claim = await store.claim(name, { owner: 'me', leaseMs: 1e9, count: 1 + (n % 3) });
      if (claim) claims.set(name, claim);
      return claim?.items.map(({ payload, attempts }) => [payload, attempts]);
    },
    (store, claims) => withClaim(claims, (claim) => store.complete(claim, { durable })),
    (store, claims) =>
      withClaim(claims, (claim) => store.release(claim, { afterMs: n % 2 ? 2000 : 0, reason: `r${n}` })),
    (store, claims) =>
      withClaim(claims, (claim) =>
        store.bury(claim, { reason: `b${n}`, ...(n % 3 ? {} : { keepMs: 20_000 }) }),
      ),
    async (store) => {
      const letter = (await all(store.deadLetters(name))).at(0);
      return (
        letter && (n % 4 ? store.replay(letter.queue, letter.id) : store.discard(letter.queue, letter.id))
      );
    },
  ]);
}

describe('a random life', () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    it(`leaves the embedded store as it leaves the memory store, through kills and snapshots (seed ${seed})`, async () => {
      const random = seededRandom(seed);
      const time = testTime();
      // Small enough for a snapshot every few steps, while the life goes on beside it.
      const options = { compactBytes: 2000, heartbeatMs: 1e7 };
      let disk = createTestDisk();
      let embedded = await openOn(disk, time, options);
      const memory = createMemoryStore(time);
      const claims = { embedded: new Map<string, Claim>(), memory: new Map<string, Claim>() };
      let kills = 0;
      for (let n = 0; n < 400; n += 1) {
        const step = nextStep(random, n);
        const outcomes = [await step(embedded, claims.embedded), await step(memory, claims.memory)];
        assert.deepEqual(outcomes[0], outcomes[1], `step ${n}`);
        if (random() < 0.2) await time.clock.advance(Math.floor(random() * 3000));
        if (random() > 0.03) continue;
        // Killed at any point, in the middle of a snapshot too: all that was written is there.
        kills += 1;
        if (random() < 0.5) await embedded.flush();
        else await time.clock.advance(0);
        const left = disk.afterKill();
        await embedded.close();
        disk = left;
        embedded = await openOn(disk, time, options);
        for (const claim of claims.memory.values()) await memory.release(claim);
        claims.memory.clear();
        claims.embedded.clear();
        assert.deepEqual(embedded.report.damagedRecords + embedded.report.cutRecords, 0);
        assert.deepEqual(await everything(embedded), await everything(memory), `after step ${n}`);
      }
      assert.ok(kills > 2, 'never killed');
      await embedded.close();
    });
  }

  for (let seed = 1; seed <= 25; seed += 1) {
    it(`loses nothing confirmed in a power cut, whatever is left of the rest (seed ${seed})`, async () => {
      const random = seededRandom(1000 + seed);
      const time = testTime();
      const options = { compactBytes: 1500, heartbeatMs: 1e7, key: keyOf('p') };
      let disk = createTestDisk();
      let confirmed = new Map<string, number>();
      let eventIds = new Set<number>();
      for (let life = 0; life < 4; life += 1) {
        const store = await openOn(disk, time, options);
        for (const [key, n] of confirmed)
          assert.ok(Number(await store.get(key)) >= n, `${key} in life ${life}`);
        const events = await store.peek('q', 100_000);
        const present = new Set(events.map(({ payload }) => Number(payload)));
        for (const id of eventIds) assert.ok(present.has(id), `event ${id} in life ${life}`);
        const inOrder = events.map(({ payload }) => Number(payload));
        assert.deepEqual(
          inOrder,
          [...inOrder].sort((left, right) => left - right),
        );
        const open: Promise<unknown>[] = [];
        for (let n = life * 1000; n < life * 1000 + 60; n += 1) {
          const key = `key ${n % 7}`;
          open.push(store.append('q', n, { durable: true }).then(() => eventIds.add(n)));
          if (random() < 0.5) open.push(store.set(key, n));
          else open.push(store.set(key, n, { durable: true }).then(() => confirmed.set(key, n)));
          if (random() < 0.3) await Promise.all(open.splice(0));
          if (random() < 0.3) await time.clock.advance(10);
        }
        const left = disk.afterPowerCut(random());
        // What is confirmed from here on is confirmed by a disk that is no more.
        const sure = { confirmed: new Map(confirmed), eventIds: new Set(eventIds) };
        await Promise.all(open);
        await store.close();
        disk = left;
        ({ confirmed, eventIds } = sure);
      }
    });
  }
});

import assert from 'node:assert/strict';
import { seededRandom } from '../core/random';
import type { Clock } from '../../../lib/core/clock';
import { all, openOn, startOfTime, testTime } from './open-store';
import { createTestDisk } from './test-disk';

const hour = 3_600_000;
const day = 24 * hour;

/** A time of day that can be set apart from the even time. */
function jumpyTime(): ReturnType<typeof testTime> & { set(toMs: number): void; clock: Clock } {
  const even = testTime(0);
  let offset = startOfTime;
  const clock = { ...even.clock, now: () => even.clock.now() + offset };
  return { ...even, clock, set: (toMs) => (offset = toMs - even.clock.now()) };
}

describe('a clock that jumps', () => {
  for (const [what, jump] of [
    ['an hour ahead', hour],
    ['an hour back', -hour],
    ['a year ahead', 365 * day],
    ['to 1970', -startOfTime],
  ] as const) {
    it(`${what} while the store is open ends nothing early, and brings nothing back`, async () => {
      const time = jumpyTime();
      const store = await openOn(createTestDisk(), time, { heartbeatMs: day });
      await store.set('over', 1, { ttlMs: 1000 });
      await time.clock.advance(2000);
      await store.set('soon', 1, { ttlMs: 60_000 });
      await store.append('q', 1, { once: { id: 'event', ttlMs: 60_000 } });
      const claim = await store.claim('q', { owner: 'me', leaseMs: 60_000 });
      time.set(time.clock.now() + jump);

      assert.equal(await store.get('over'), undefined);
      assert.equal(await store.get('soon'), 1);
      assert.equal((await store.append('q', 1, { once: { id: 'event', ttlMs: 60_000 } })).added, false);
      assert.equal(await store.claim('q', { owner: 'other', leaseMs: 1000 }), undefined);
      assert.ok(claim && (await store.release(claim, { afterMs: 5000 })));
      await time.clock.advance(6000);
      const [again] = (await store.claim('q', { owner: 'me', leaseMs: 1000 }))?.items ?? [];
      assert.ok(again && again.ageMs >= 6000 && again.ageMs < 10_000, `an age of ${again?.ageMs}`);
      await time.clock.advance(55_000);
      assert.equal(await store.get('soon'), undefined);
      await store.close();
    });
  }

  it('back while the store is closed brings nothing back, not even after a crash', async () => {
    for (const isCrash of [false, true]) {
      const time = jumpyTime();
      const disk = createTestDisk();
      const store = await openOn(disk, time);
      await store.set('over', 1, { ttlMs: 1000 });
      await store.set('stays', 1, { ttlMs: day });
      await time.clock.advance(61_000);
      const left = isCrash ? disk.afterKill() : disk;
      await store.close();
      time.set(startOfTime - hour);
      const again = await openOn(left, time);
      assert.equal(await again.get('over'), undefined);
      assert.equal(await again.get('stays'), 1);
      assert.deepEqual(await all(again.scan('over')), []);
      await time.clock.advance(day);
      assert.equal(await again.get('stays'), undefined, 'it ends by the even time');
      await again.close();
    }
  });

  it('an hour ahead while the store is closed costs no more than that hour', async () => {
    const time = jumpyTime();
    const disk = createTestDisk();
    const store = await openOn(disk, time);
    await store.set('session', 1, { ttlMs: day });
    await store.close();
    time.set(time.clock.now() + hour);
    const again = await openOn(disk, time);
    const [entry] = await all(again.scan('session'));
    assert.ok(entry?.ttlMs !== undefined && entry.ttlMs > 22 * hour);
    await again.close();
  });
});

describe('what is over', () => {
  it('leaves memory and disk by itself', async () => {
    const time = testTime();
    const disk = createTestDisk();
    const store = await openOn(disk, time, { compactBytes: 20_000 });
    const random = seededRandom(3);
    for (let n = 0; n < 500; n += 1) {
      await store.set(`session ${n}`, 'x'.repeat(100), { ttlMs: 1000 + Math.floor(random() * 1000) });
      await store.append('q', 1, { once: { id: `event ${n}`, ttlMs: 2000 } });
      const claim = await store.claim('q', { owner: 'me', leaseMs: 1000 });
      assert.ok(claim && (await store.bury(claim, { reason: 'no', keepMs: 3000 })));
    }
    await store.compact();
    assert.ok(disk.totalBytes() > 60_000, `${disk.totalBytes()} bytes at first`);
    await time.clock.advance(61_000);
    const { liveKeys, dead, journal } = await store.stats();
    assert.deepEqual([liveKeys, dead], [0, 0]);
    assert.ok(journal && journal.snapshotBytes < 1000, `${journal?.snapshotBytes} bytes of snapshot`);
    assert.ok(disk.totalBytes() < 2000, `${disk.totalBytes()} bytes in the end`);
    await store.close();
  });
});

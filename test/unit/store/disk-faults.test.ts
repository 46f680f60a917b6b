import assert from 'node:assert/strict';
import { BitlaneError, UnreachableError } from '../../../lib/core/errors';
import { until } from '../../support/until';
import { all, fill, openOn, payloads, testTime, type TestTime } from './open-store';
import { createTestDisk, DiskFault, type DiskStep, type TestDisk } from './test-disk';

const durable = { durable: true };

/** From now on these steps fail like this; gives the way to mend it. */
function breakDisk(disk: TestDisk, code: string, steps: readonly DiskStep[]): () => void {
  disk.before = (step) => {
    if (steps.includes(step)) throw new DiskFault(code);
  };
  return () => (disk.before = () => undefined);
}

/** Lets the store find out that the disk is well again. */
async function probeTime(time: TestTime): Promise<void> {
  await time.clock.advance(1500);
}

async function failureOf(work: Promise<unknown>): Promise<UnreachableError> {
  const failure: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(failure instanceof UnreachableError, 'it did not fail as it should');
  return failure;
}

const broken: [code: string, steps: DiskStep[]][] = [
  ['ENOSPC', ['append', 'create']],
  ['ENOSPC', ['sync']],
  ['EIO', ['sync']],
  ['EIO', ['append', 'sync', 'create', 'syncFolder']],
  ['EROFS', ['append', 'sync', 'create', 'rename', 'remove', 'truncate', 'syncFolder']],
];

describe('a disk that fails', () => {
  for (const [code, steps] of broken) {
    it(`with ${code} on ${steps.join(', ')}: refuses, goes on when mended, loses nothing confirmed`, async () => {
      const disk = createTestDisk();
      const time = testTime();
      const states: string[] = [];
      const store = await openOn(disk, time, {
        onStateChange: (state, reason = '') => states.push(`${state} ${reason}`.trim()),
      });
      await fill(store, 'q', 3);
      const mend = breakDisk(disk, code, steps);

      const first = await failureOf(store.append('q', { n: 3 }, durable));
      assert.deepEqual([first.code, first.params, first.sent], ['STORE_UNAVAILABLE', { reason: code }, true]);
      const second = await failureOf(store.append('q', 'refused', durable));
      assert.deepEqual([second.code, second.sent], ['STORE_UNAVAILABLE', false]);
      await probeTime(time);
      await failureOf(store.append('q', 'refused', durable));
      const { state, reason } = await store.stats();
      assert.deepEqual([state, reason], ['unavailable', code]);

      mend();
      await probeTime(time);
      await store.append('q', { n: 4 }, durable);
      assert.equal((await store.stats()).state, 'ready');
      assert.deepEqual(states, [`unavailable ${code}`, 'ready']);
      // The one whose outcome was open has taken place; those that were refused have not.
      const expected = [0, 1, 2, 3, 4].map((n) => ({ n }));
      assert.deepEqual(await payloads(store, 'q'), expected);
      for (const left of [disk.afterKill(), disk.afterPowerCut()]) {
        const again = await openOn(left, time);
        assert.deepEqual(await payloads(again, 'q'), expected);
        await again.close();
      }
      await store.close();
    });
  }

  it('lets what is under way come to its end, and writes it down when mended', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const store = await openOn(disk, time);
    await fill(store, 'q', 2);
    const claim = await store.claim('q', { owner: 'me', leaseMs: 60_000 });
    const mend = breakDisk(disk, 'EIO', ['append', 'sync', 'create']);
    await failureOf(store.set('probe', 1, durable));
    await store.set('sent:1', 'yes');
    assert.ok(claim && (await store.complete(claim)));
    mend();
    await probeTime(time);
    await store.flush();
    const again = await openOn(disk.afterPowerCut(), time);
    assert.deepEqual(await payloads(again, 'q'), [{ n: 1 }]);
    assert.equal(await again.get('sent:1'), 'yes');
    await again.close();
    await store.close();
  });

  it('does not fill the memory meanwhile', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const store = await openOn(disk, time, { maxUnsyncedBytes: 50_000 });
    const mend = breakDisk(disk, 'ENOSPC', ['append', 'create']);
    await failureOf(store.append('q', 1, durable));
    let kept = 0;
    const fillUp = async (): Promise<void> => {
      for (; kept < 1000; kept += 1) await store.set(`k:${kept}`, 'x'.repeat(1000));
    };
    assert.equal((await failureOf(fillUp())).sent, false);
    assert.ok(kept > 30 && kept < 60, `${kept} were kept`);
    mend();
    await probeTime(time);
    await store.flush();
    const again = await openOn(disk.afterPowerCut(), time);
    assert.equal((await all(again.scan('k:'))).length, kept);
    await again.close();
    await store.close();
  });

  it('has its old pages distrusted: what was not synced is written anew, and the old copy is void', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const store = await openOn(disk, time);
    await store.append('q', 'safe', durable);
    const mend = breakDisk(disk, 'EIO', ['sync']);
    await failureOf(store.append('q', 'open', durable));
    mend();
    await probeTime(time);
    await store.append('q', 'later', durable);
    // Everything is twice in the page cache, and nowhere twice for the reader.
    const again = await openOn(disk.afterKill(), time);
    assert.deepEqual(await payloads(again, 'q'), ['safe', 'open', 'later']);
    assert.equal(again.report.damagedRecords + again.report.cutRecords, 0);
    await again.close();
    await store.close();
  });

  it('that kept only the later part of what was not synced does not hide what was written anew', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const store = await openOn(disk, time);
    await store.append('q', 'safe', durable);
    const path = journalOf(disk);
    const safeBytes = disk.content(path).length;
    const mend = breakDisk(disk, 'EIO', ['sync']);
    await Promise.all([1, 2, 3].map((n) => failureOf(store.append('q', n, durable))));
    mend();
    await probeTime(time);
    await store.append('q', 'later', durable);
    const left = disk.afterPowerCut();
    const content = disk.content(path);
    content.fill(0, safeBytes, safeBytes + 10);
    left.put(path, content);
    const again = await openOn(left, time);
    assert.deepEqual(await payloads(again, 'q'), ['safe', 1, 2, 3, 'later']);
    await again.close();
    await store.close();
  });

  it('that fails again while it recovers is tried again', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const store = await openOn(disk, time);
    for (const steps of [['append'], ['create'], ['sync'], ['syncFolder']] satisfies DiskStep[][]) {
      const mend = breakDisk(disk, 'EIO', ['sync', 'append']);
      await failureOf(store.append('q', steps[0], durable));
      breakDisk(disk, 'EIO', steps);
      await probeTime(time);
      assert.equal((await store.stats()).state, 'unavailable', steps.join());
      mend();
      await probeTime(time);
      assert.equal((await store.stats()).state, 'ready', steps.join());
    }
    const again = await openOn(disk.afterPowerCut(), time);
    assert.deepEqual(await payloads(again, 'q'), ['append', 'create', 'sync', 'syncFolder']);
    await again.close();
    await store.close();
  });

  it('at a snapshot leaves journal and writers alone', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const store = await openOn(disk, time);
    await fill(store, 'q', 3);
    disk.before = (step, path) => {
      if (step !== 'list' && path.includes('snapshot')) throw new DiskFault('ENOSPC');
    };
    await assert.rejects(store.compact(), { code: 'STORE_UNAVAILABLE' });
    await store.append('q', { n: 3 }, durable);
    const { state, journal } = await store.stats();
    assert.deepEqual([state, journal?.snapshotFault], ['ready', 'ENOSPC']);
    disk.before = () => undefined;
    await store.compact();
    const again = await openOn(disk.afterPowerCut(), time);
    assert.equal((await payloads(again, 'q')).length, 4);
    await again.close();
    await store.close();
  });

  for (const code of ['ENOSPC', 'EROFS', 'EACCES']) {
    it(`at the start (${code}) is refused with the reason, and opens when mended`, async () => {
      const disk = createTestDisk();
      for (const steps of [['makeFolder'], ['create'], ['append'], ['list']] satisfies DiskStep[][]) {
        const mend = breakDisk(disk, code, steps);
        await assert.rejects(
          openOn(disk, testTime()),
          (failure) =>
            failure instanceof BitlaneError &&
            failure.code === 'STORE_UNAVAILABLE' &&
            failure.params.reason === code,
        );
        mend();
      }
      const store = await openOn(disk, testTime());
      assert.deepEqual(store.report.notices, []);
      await store.close();
    });
  }

  it('at the end says what could not be kept, and lets go of the folder', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const store = await openOn(disk, time);
    await store.set('key', 1);
    breakDisk(disk, 'EIO', ['append', 'sync']);
    await failureOf(store.close());
    assert.equal(disk.names().includes('lock'), false);
  });
});

describe('a slow disk', () => {
  /** Holds every sync until it is let go. */
  function slowSyncs(disk: TestDisk): { held: () => number; letGo: () => void } {
    const held: (() => void)[] = [];
    disk.before = (step) =>
      step === 'sync' ? new Promise<void>((resolve) => held.push(resolve)) : undefined;
    return { held: () => held.length, letGo: () => held.shift()?.() };
  }

  it('has one sync at a time; what comes meanwhile shares the next', async () => {
    const disk = createTestDisk();
    const store = await openOn(disk, testTime());
    const before = disk.count('sync');
    const { held, letGo } = slowSyncs(disk);
    const confirmed: number[] = [];
    const append = (n: number): Promise<unknown> =>
      store.append('q', n, durable).then(() => confirmed.push(n));
    const first = append(0);
    await until(() => held() === 1, 'the first sync');
    const others = Array.from({ length: 99 }, (_, n) => append(n + 1));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(disk.count('sync') - before, 1);
    letGo();
    await first;
    assert.deepEqual(confirmed, [0]);
    await until(() => held() === 1, 'the second sync');
    letGo();
    await Promise.all(others);
    assert.equal(disk.count('sync') - before, 2);
    assert.equal(confirmed.length, 100);
    disk.before = () => undefined;
    await store.close();
  });

  it('does not hold up what need not be durable, reading, or the lists', async () => {
    const disk = createTestDisk();
    const store = await openOn(disk, testTime());
    await fill(store, 'q', 1);
    const { held, letGo } = slowSyncs(disk);
    const waiting = store.append('q', 'slow', durable);
    await until(() => held() === 1, 'the sync');
    await store.set('key', 1);
    const claim = await store.claim('q', { owner: 'me', leaseMs: 1000 });
    assert.ok(claim && (await store.complete(claim)));
    assert.equal(await store.get('key'), 1);
    // Written meanwhile: a crash of the process now would keep it.
    await until(() => disk.content(journalOf(disk)).includes('"complete"'), 'the record on disk');
    letGo();
    await waiting;
    disk.before = () => undefined;
    await store.close();
  });

  it('hands out no item before it is durable, and none that follows it', async () => {
    const disk = createTestDisk();
    const store = await openOn(disk, testTime());
    const { held, letGo } = slowSyncs(disk);
    const waiting = store.append('q', 'first', durable);
    await store.append('q', 'second');
    await until(() => held() === 1, 'the sync');
    assert.equal(await store.claim('q', { owner: 'me', leaseMs: 1000 }), undefined);
    letGo();
    await waiting;
    assert.equal((await store.claim('q', { owner: 'me', leaseMs: 1000 }))?.items[0].payload, 'first');
    disk.before = () => undefined;
    await store.close();
  });

  it('lets the repetition of an event wait for the first one', async () => {
    const disk = createTestDisk();
    const store = await openOn(disk, testTime());
    const { held, letGo } = slowSyncs(disk);
    const once = { id: 'event', ttlMs: 1000 };
    const outcomes: string[] = [];
    const first = store.append('q', 1, { once, durable: true }).then(() => outcomes.push('first'));
    await until(() => held() === 1, 'the sync');
    const second = store.append('q', 1, { once, durable: true }).then(() => outcomes.push('second'));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(outcomes, []);
    letGo();
    await Promise.all([first, second]);
    assert.deepEqual(outcomes.sort(), ['first', 'second']);
    disk.before = () => undefined;
    await store.close();
  });

  it('makes writers wait when too much is in memory, and keeps their order', async () => {
    const disk = createTestDisk();
    const store = await openOn(disk, testTime(), { maxUnsyncedBytes: 20_000 });
    const { held, letGo } = slowSyncs(disk);
    let appended = 0;
    const work = Array.from({ length: 200 }, (_, n) =>
      store.append('q', { n, pad: 'x'.repeat(1000) }).then(() => (appended += 1)),
    );
    await until(() => held() === 1, 'a sync that nobody asked for');
    assert.ok(appended > 5 && appended < 30, `${appended} came in`);
    const unsynced = (await store.stats()).journal?.unsyncedBytes ?? 0;
    assert.ok(unsynced < 25_000, `${unsynced} bytes in memory`);
    disk.before = () => undefined;
    while (held() > 0) letGo();
    await Promise.all(work);
    const order = (await store.peek('q', 1000)).map(({ payload }) => JSON.stringify(payload).slice(0, 9));
    assert.deepEqual(
      order,
      Array.from({ length: 200 }, (_, n) => `{"n":${n},"pad"`.slice(0, 9)),
    );
    await store.close();
  });

  it('gets a sync soon after a change that nobody waits for', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const store = await openOn(disk, time);
    await store.set('key', 1);
    await time.clock.advance(0);
    const early = await openOn(disk.afterPowerCut(), testTime());
    assert.equal(await early.get('key'), undefined);
    await time.clock.advance(1000);
    const late = await openOn(disk.afterPowerCut(), testTime());
    assert.equal(await late.get('key'), 1);
    await Promise.all([early.close(), late.close(), store.close()]);
  });
});

function journalOf(disk: TestDisk): string {
  const name =
    disk
      .names()
      .filter((each) => each.startsWith('journal-'))
      .at(-1) ?? '';
  return `/store/${name}`;
}

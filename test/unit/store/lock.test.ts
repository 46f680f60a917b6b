import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { ProcessView } from '../../../lib/store/process-view';
import { folder, nextProcess, openOn, testTime, type TestTime } from './open-store';
import { createTestDisk, type TestDisk } from './test-disk';

/** Leaves the folder as a process that was killed leaves it; its timers stand still with its own clock. */
async function abandoned(disk: TestDisk, processes: ProcessView): Promise<void> {
  const store = await openOn(disk, testTime(), { processes });
  await store.append('q', 'waits', { durable: true });
}

const refused = { code: 'STORE_LOCKED' };

describe('the lock of the folder', () => {
  it('refuses a second opening while the first lives, naming the holder', async () => {
    const disk = createTestDisk();
    const holder = nextProcess();
    await abandoned(disk, holder);
    const other: ProcessView = { ...nextProcess(), isAlive: () => true, startOf: (pid) => `start of ${pid}` };
    await assert.rejects(openOn(disk, testTime(), { processes: other }), {
      ...refused,
      params: { pid: holder.pid, host: 'here' },
    });
  });

  it('refuses a second opening by the same process', async () => {
    const disk = createTestDisk();
    const processes = nextProcess();
    const time = testTime();
    const store = await openOn(disk, time, { processes });
    await assert.rejects(openOn(disk, time, { processes }), refused);
    await store.close();
    await (await openOn(disk, time, { processes })).close();
  });

  it('refuses the second of two that open at once', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const processes = nextProcess();
    const outcomes = await Promise.allSettled([
      openOn(disk, time, { processes }),
      openOn(disk, time, { processes }),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  it('is gone after closing, and nothing is said', async () => {
    const disk = createTestDisk();
    const time = testTime();
    await (await openOn(disk, time)).close();
    assert.equal(disk.names().includes('lock'), false);
    const again = await openOn(disk, time);
    assert.deepEqual([again.report.takenFrom, again.report.notices], [undefined, []]);
    await again.close();
  });

  const taken: [what: string, change: (holder: ProcessView) => Partial<ProcessView>][] = [
    ['of a process that is dead', () => ({})],
    [
      'whose number now belongs to another process',
      (holder) => ({ isAlive: (pid) => pid === holder.pid, startOf: () => 'later' }),
    ],
    [
      'whose number is now our own, as in a container',
      (holder) => ({ pid: holder.pid, isAlive: () => true, startOf: () => 'later' }),
    ],
    ['from before a reboot', () => ({ space: 'reboot space', isAlive: () => true })],
  ];
  for (const [what, change] of taken) {
    it(`${what} is taken over at once, and said so`, async () => {
      const disk = createTestDisk();
      const holder = nextProcess();
      await abandoned(disk, holder);
      const time = testTime();
      const before = time.clock.now();
      const store = await openOn(disk, time, { processes: { ...nextProcess(), ...change(holder) } });
      assert.ok(time.clock.now() - before < 1000, 'it waited');
      assert.deepEqual(store.report.takenFrom, { pid: holder.pid, host: 'here' });
      assert.deepEqual(
        store.report.notices.map(({ code }) => code),
        ['STORE_TAKEN_OVER'],
      );
      assert.equal((await store.peek('q', 1))[0]?.payload, 'waits');
      await store.close();
    });
  }

  const cannotTell: [what: string, view: Partial<ProcessView>][] = [
    ['another machine', { host: 'there' }],
    ['another container on this machine', { space: 'boot other' }],
    ['a system that does not tell when a process began', { isAlive: () => true, startOf: () => undefined }],
  ];
  for (const [what, view] of cannotTell) {
    it(`of ${what} is taken over when its heartbeat has stopped, not before`, async () => {
      const disk = createTestDisk();
      await abandoned(disk, nextProcess());
      const time = testTime();
      const before = time.clock.now();
      const store = await openOn(disk, time, { processes: { ...nextProcess(), ...view } });
      assert.ok(time.clock.now() - before >= 12_000);
      await store.close();
    });

    it(`of ${what} is respected while its heart beats`, async () => {
      const disk = createTestDisk();
      const time: TestTime = testTime();
      const store = await openOn(disk, time);
      await assert.rejects(openOn(disk, time, { processes: { ...nextProcess(), ...view } }), refused);
      await store.append('q', 1, { durable: true });
      await store.close();
    });
  }

  it('of our own number is known to be stale where the system does not tell when a process began', async () => {
    const disk = createTestDisk();
    const view: ProcessView = { ...nextProcess(), startOf: () => undefined };
    const { pid, host, space } = view;
    disk.put(
      join(folder, 'lock'),
      Buffer.from(JSON.stringify({ token: 'of another life', pid, host, space, start: '' })),
    );
    const time = testTime();
    const store = await openOn(disk, time, { processes: view });
    assert.ok(time.clock.now() < testTime().clock.now() + 1000);
    await assert.rejects(openOn(disk, time, { processes: view }), refused);
    await store.close();
  });

  it('that is empty or broken is taken over after a moment', async () => {
    for (const content of ['', '{', '[]', '{"pid":1}', '\u0000\u0000']) {
      const disk = createTestDisk();
      disk.put(join(folder, 'lock'), Buffer.from(content));
      const time = testTime();
      const before = time.clock.now();
      const store = await openOn(disk, time);
      assert.ok(time.clock.now() - before <= 1000);
      await store.close();
    }
  });

  it('is won by one of two that take it over at once', async () => {
    const disk = createTestDisk();
    await abandoned(disk, nextProcess());
    const time = testTime();
    const both: ProcessView[] = [nextProcess(), nextProcess()];
    const alive = both.map(({ pid }) => pid);
    const openings = both.map((view) =>
      openOn(disk, time, { processes: { ...view, isAlive: (pid) => alive.includes(pid) } }),
    );
    const outcomes = await Promise.allSettled(openings);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  it('that was lost, because the holder stood still too long, ends its writing', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const sleeper = await openOn(disk, time);
    await sleeper.append('q', 'before', { durable: true });
    // The sleeper's clock stands still while the other one watches.
    const other = await openOn(disk, testTime(), { processes: { ...nextProcess(), host: 'there' } });
    await time.clock.advance(3000);
    await assert.rejects(sleeper.append('q', 'after', { durable: true }), refused);
    await assert.rejects(sleeper.set('key', 1), refused);
    assert.equal((await sleeper.stats()).state, 'unavailable');
    await other.append('q', 'other', { durable: true });
    await sleeper.close();
    assert.ok(disk.names().includes('lock'), 'the lock of the other one is gone');
    await other.close();
    const again = await openOn(disk, time);
    assert.deepEqual(
      (await again.peek('q', 9)).map(({ payload }) => payload),
      ['before', 'other'],
    );
    await again.close();
  });
});

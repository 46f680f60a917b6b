import assert from 'node:assert/strict';
import { runAlone } from '../../../lib/store/alone';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Hold, Store } from '../../../lib/store/store';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { until } from '../../support/until';

describe('work that one does alone', () => {
  let clock: ManualClock;
  let store: Store;
  let stop: AbortController;
  beforeEach(() => {
    clock = manualClock();
    store = createMemoryStore();
    stop = new AbortController();
  });
  afterEach(() => store.close());

  const alone = (work: (signal: AbortSignal) => Promise<void>, onWaiting?: () => void): Promise<void> =>
    runAlone({
      ...{ store: () => Promise.resolve(store), name: 'poller', clock, signal: stop.signal, work },
      ...(onWaiting && { onWaiting }),
    });

  const untilAborted = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

  it('ends with the work, and leaves the place free', async () => {
    await alone(() => Promise.resolve());
    assert.ok(await store.hold('poller'));
  });

  it('passes on what the work throws, and leaves the place free', async () => {
    await assert.rejects(
      alone(() => Promise.reject(new Error('broken'))),
      /broken/,
    );
    assert.ok(await store.hold('poller'));
  });

  it('waits while somebody else has it, is told so once, and begins when it is free', async () => {
    const other = await store.hold('poller');
    let waits = 0;
    let isWorking = false;
    const running = alone(
      (signal) => {
        isWorking = true;
        return untilAborted(signal);
      },
      () => (waits += 1),
    );
    await until(() => waits === 1, 'the wait');
    await clock.advance(30_000);
    assert.deepEqual([waits, isWorking], [1, false]);
    await other?.release();
    await clock.advance(5000);
    await until(() => isWorking, 'the work');
    stop.abort();
    await running;
  });

  it('ends when it is told to while it waits', async () => {
    await store.hold('poller');
    const running = alone(() => Promise.reject(new Error('never')));
    stop.abort();
    await running;
  });

  it('stops when another one has taken over, and begins anew when it comes back', async () => {
    const losing = new AbortController();
    let isFree = true;
    const lent: Hold = {
      lost: losing.signal,
      isOurs: () => Promise.resolve(false),
      release: () => Promise.resolve(),
    };
    const real = store;
    store = { ...real, hold: (name) => (isFree ? Promise.resolve(lent) : real.hold(name)) };
    let begun = 0;
    const running = alone((signal) => {
      begun += 1;
      return untilAborted(signal);
    });
    await until(() => begun === 1, 'the work');
    isFree = false;
    losing.abort();
    await until(() => begun === 2, 'the second time');
    stop.abort();
    await running;
  });

  it('goes on asking while the store is away', async () => {
    let isAway = true;
    const real = store;
    store = { ...real, hold: (name) => (isAway ? Promise.reject(new Error('away')) : real.hold(name)) };
    let isDone = false;
    const running = alone(async () => void (isDone = true));
    await clock.advance(5000);
    assert.equal(isDone, false);
    isAway = false;
    await clock.advance(5000);
    await running;
    assert.equal(isDone, true);
  });
});

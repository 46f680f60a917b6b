import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { startTimer, systemClock } from '../../../lib/core/clock';
import { CancelledError } from '../../../lib/core/errors';
import { manualClock } from '../../support/manual-clock';

const clocks = { 'system clock': () => systemClock, 'manual clock': () => manualClock() };

for (const [name, makeClock] of Object.entries(clocks)) {
  describe(`${name}: abort`, () => {
    it('ends a sleep under way and leaves no listener', async () => {
      const stop = new AbortController();
      const sleeping = makeClock().sleep(60_000, stop.signal);
      assert.equal(getEventListeners(stop.signal, 'abort').length, 1);
      stop.abort();
      await assert.rejects(sleeping, CancelledError);
      assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
    });

    it('refuses a sleep whose signal is already aborted', async () => {
      const signal = AbortSignal.abort();
      await assert.rejects(makeClock().sleep(60_000, signal), CancelledError);
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    });
  });
}

describe('system clock', () => {
  it('leaves no listener after a full sleep', async () => {
    const stop = new AbortController();
    await systemClock.sleep(1, stop.signal);
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
  });

  it('puts one listener on a signal, however many sleep by it', async () => {
    const stop = new AbortController();
    const sleeps = Array.from({ length: 20 }, () => systemClock.sleep(60_000, stop.signal));
    assert.equal(getEventListeners(stop.signal, 'abort').length, 1);
    stop.abort();
    for (const sleep of sleeps) await assert.rejects(sleep, CancelledError);
  });

  it('takes what is no positive number as no wait', async () => {
    await systemClock.sleep(Number.NaN);
    await systemClock.sleep(-5);
  });

  it('does not end at once when the wait is longer than a timer can be', async () => {
    const stop = new AbortController();
    let ended = false;
    const sleeping = systemClock.sleep(2 ** 40, stop.signal).then(() => (ended = true));
    await systemClock.sleep(5);
    assert.equal(ended, false);
    stop.abort();
    await assert.rejects(sleeping, CancelledError);
  });

  it('tells the time of day', () => {
    const before = Date.now();
    const now = systemClock.now();
    assert.ok(now >= before && now <= Date.now());
  });
});

describe('manual clock', () => {
  it('wakes sleepers in the order in which they are due, at their time', async () => {
    const clock = manualClock(1000);
    const woken: string[] = [];
    const sleep = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      woken.push(`${name}@${clock.now()}`);
    };
    const all = Promise.all([sleep('late', 30), sleep('early', 10), sleep('early too', 10)]);
    await clock.advance(29);
    assert.deepEqual(woken, ['early@1010', 'early too@1010']);
    assert.equal(clock.pending(), 1);
    await clock.advance(1);
    await all;
    assert.deepEqual(woken.at(-1), 'late@1030');
    assert.equal(clock.pending(), 0);
  });

  it('wakes sleepers that start while time moves on', async () => {
    const clock = manualClock();
    let rounds = 0;
    const loop = async (): Promise<void> => {
      for (; rounds < 3; rounds += 1) await clock.sleep(10);
    };
    const done = loop();
    await clock.advance(30);
    await done;
    assert.equal(rounds, 3);
    assert.equal(clock.now(), 30);
  });
});

describe('startTimer', () => {
  it('calls at its time', async () => {
    const clock = manualClock();
    let calls = 0;
    startTimer(clock, 10, () => (calls += 1));
    await clock.advance(9);
    assert.equal(calls, 0);
    await clock.advance(1);
    assert.equal(calls, 1);
  });

  it('does not call once it is lifted, and waits no longer', async () => {
    const clock = manualClock();
    let calls = 0;
    const lift = startTimer(clock, 10, () => (calls += 1));
    lift();
    assert.equal(clock.pending(), 0);
    await clock.advance(20);
    assert.equal(calls, 0);
  });
});

import assert from 'node:assert/strict';
import { longestTimerMs } from '../../../lib/core/clock';
import { backgroundClock } from '../../../lib/store/background-clock';

describe('the background clock', () => {
  it('wakes sleepers in the order in which they are due', async () => {
    const woken: number[] = [];
    await Promise.all([20, -5, 0].map((ms) => backgroundClock.sleep(ms).then(() => woken.push(ms))));
    assert.equal(woken.at(-1), 20);
    assert.equal(woken.length, 3);
  });

  it('sleeps longer than a timer of Node can', async () => {
    const stop = new AbortController();
    let hasWoken = false;
    const sleeping = backgroundClock.sleep(longestTimerMs * 3, stop.signal).then(() => (hasWoken = true));
    await backgroundClock.sleep(20);
    assert.equal(hasWoken, false);
    stop.abort();
    await assert.rejects(sleeping, { code: 'CANCELLED' });
  });

  it('is woken by an abort, before the wait too', async () => {
    await assert.rejects(backgroundClock.sleep(1000, AbortSignal.abort()), { code: 'CANCELLED' });
  });
});

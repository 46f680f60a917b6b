import assert from 'node:assert/strict';
import { longestTimerMs } from '../../../lib/core/clock';
import { CancelledError } from '../../../lib/core/errors';
import { retryDelay, withRetry, type RetryDecision, type RetryPolicy } from '../../../lib/core/retry';
import { manualClock } from '../../support/manual-clock';
import { seededRandom } from './random';

const policy: RetryPolicy = { attempts: 4, baseMs: 1000, factor: 2, capMs: 30_000, jitter: 0 };
const middle = (): number => 0.5;

describe('retryDelay', () => {
  it('grows by the factor up to the cap', () => {
    const delays = [1, 2, 3, 5, 6, 2000].map((attempt) => retryDelay(policy, attempt, middle));
    assert.deepEqual(delays, [1000, 2000, 4000, 16_000, 30_000, 30_000]);
  });

  it('spreads by the jitter either way and stays below the cap', () => {
    const spread = { ...policy, jitter: 0.1 };
    assert.equal(
      retryDelay(spread, 1, () => 0),
      900,
    );
    assert.equal(
      retryDelay(spread, 1, () => 1),
      1100,
    );
    assert.equal(
      retryDelay(spread, 9, () => 1),
      30_000,
    );
  });

  it('is a wait that a timer can take, whatever the numbers are', () => {
    const odd = [Number.NaN, -1, 0, 0.5, 3, 1e300, Infinity, -Infinity];
    const random = seededRandom(11);
    const draw = (): number => odd[Math.floor(random() * odd.length)] ?? 0;
    for (let round = 0; round < 2000; round += 1) {
      const wild = { attempts: 3, baseMs: draw(), factor: draw(), capMs: draw(), jitter: draw() };
      const delay = retryDelay(wild, draw(), draw);
      assert.ok(delay >= 0 && delay <= longestTimerMs, JSON.stringify({ wild, delay }));
    }
  });
});

describe('withRetry', () => {
  const failing = (failures: number) => {
    const seen: number[] = [];
    const run = (attempt: number): Promise<string> => {
      seen.push(attempt);
      return attempt <= failures ? Promise.reject(new Error(`failure ${attempt}`)) : Promise.resolve('done');
    };
    return { seen, run };
  };
  const always =
    (decision: RetryDecision): (() => RetryDecision) =>
    () =>
      decision;

  it('gives the first success and counts attempts from 1', async () => {
    const clock = manualClock();
    const { seen, run } = failing(2);
    const result = withRetry(run, { policy, clock, decide: always('retry'), random: middle });
    await clock.advance(2999);
    assert.deepEqual(seen, [1, 2]);
    await clock.advance(1);
    assert.equal(await result, 'done');
    assert.deepEqual(seen, [1, 2, 3]);
  });

  it('gives the last error after the last attempt', async () => {
    const clock = manualClock();
    const { seen, run } = failing(9);
    const result = assert.rejects(withRetry(run, { policy, clock, decide: always('retry') }), /failure 4/);
    await clock.advance(60_000);
    await result;
    assert.deepEqual(seen, [1, 2, 3, 4]);
  });

  it('does not repeat what is final', async () => {
    const { seen, run } = failing(9);
    const clock = manualClock();
    await assert.rejects(withRetry(run, { policy, clock, decide: always('final') }), /failure 1/);
    assert.deepEqual(seen, [1]);
  });

  it('tries once when the policy allows no attempt at all', async () => {
    for (const attempts of [0, -1, Number.NaN]) {
      const { seen, run } = failing(9);
      const options = { policy: { ...policy, attempts }, clock: manualClock(), decide: always('retry') };
      await assert.rejects(withRetry(run, options), /failure 1/);
      assert.deepEqual(seen, [1]);
    }
  });

  it('waits as long as the service asks', async () => {
    const clock = manualClock();
    const { seen, run } = failing(1);
    const result = withRetry(run, { policy, clock, decide: always({ afterMs: 70_000 }) });
    await clock.advance(69_999);
    assert.deepEqual(seen, [1]);
    await clock.advance(1);
    assert.equal(await result, 'done');
  });

  it('takes a wait in the past as none, and one that is no number as the own wait', async () => {
    const clock = manualClock();
    const past = failing(1);
    const result = withRetry(past.run, { policy, clock, decide: always({ afterMs: -5 }) });
    await clock.advance(0);
    assert.equal(await result, 'done');

    const broken = failing(1);
    const later = withRetry(broken.run, {
      policy,
      clock,
      decide: always({ afterMs: Number.NaN }),
      random: middle,
    });
    await clock.advance(999);
    assert.deepEqual(broken.seen, [1]);
    await clock.advance(1);
    assert.equal(await later, 'done');
  });

  it('ends at once when it is aborted while it waits', async () => {
    const clock = manualClock();
    const stop = new AbortController();
    const { seen, run } = failing(9);
    const result = withRetry(run, { policy, clock, signal: stop.signal, decide: always('retry') });
    await clock.advance(10);
    stop.abort();
    await assert.rejects(result, CancelledError);
    assert.deepEqual(seen, [1]);
    assert.equal(clock.pending(), 0);
  });

  it('does not start when it is already aborted', async () => {
    const { seen, run } = failing(0);
    const options = { policy, clock: manualClock(), signal: AbortSignal.abort(), decide: always('retry') };
    await assert.rejects(withRetry(run, options), CancelledError);
    assert.deepEqual(seen, []);
  });

  it('never repeats cancelled work, whatever decide says', async () => {
    let runs = 0;
    const run = (): Promise<never> => {
      runs += 1;
      return Promise.reject(new CancelledError());
    };
    await assert.rejects(
      withRetry(run, { policy, clock: manualClock(), decide: always('retry') }),
      CancelledError,
    );
    assert.equal(runs, 1);
  });
});

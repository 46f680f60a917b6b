import type { Clock } from '../../core/clock';
import { RefusedError } from '../../core/errors';
import { retryDelay, type RetryPolicy } from '../../core/retry';

/** The failures of one poller, over all its turns, until something succeeds. */
export interface FailingStreak {
  failed(thrown: unknown): Failed;
  isUnderWay(): boolean;
  end(): void;
}

export interface Failed {
  /** In a row, this one included. */
  count: number;
  pauseMs: number;
  /**
   * Another process may try while we pause: the fault may be ours alone, and nobody can tell from here. When it is the
   * portal's, nothing is lost by it.
   */
  givesWay: boolean;
}

export const shortestPauseMs = 2000;
const backOff: RetryPolicy = {
  attempts: Infinity,
  baseMs: shortestPauseMs,
  factor: 2,
  capMs: 120_000,
  jitter: 0.1,
};
/** After half a minute; the pauses from then on are several times as long as others wait before they ask again. */
const patience = 5;
/** What was wrong so long ago says nothing of now: others have fetched since. */
const forgetMs = 10 * 60_000;

export function createFailingStreak(clock: Clock, random: (() => number) | undefined): FailingStreak {
  let count = 0;
  let last = 0;

  return {
    failed(thrown) {
      const now = clock.now();
      count = now - last > forgetMs ? 1 : count + 1;
      last = now;
      const told = thrown instanceof RefusedError ? (thrown.retryAfterMs ?? 0) : 0;
      const pauseMs = Math.max(retryDelay(backOff, count, random), told, shortestPauseMs);
      return { count, pauseMs, givesWay: count >= patience };
    },
    isUnderWay: () => count > 0,
    end() {
      count = 0;
    },
  };
}

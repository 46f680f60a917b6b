import type { Clock } from '../../lib/core/clock';
import { CancelledError } from '../../lib/core/errors';

export interface ManualClock extends Clock {
  /** Moves time on, waking sleepers in the order in which they are due, also those that start meanwhile. */
  advance(ms: number): Promise<void>;
  /** How many sleeps are under way. */
  pending(): number;
}

interface Sleeper {
  dueAt: number;
  wake(): void;
}

export function manualClock(startMs = 0): ManualClock {
  const sleepers = new Set<Sleeper>();
  let time = startMs;

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(new CancelledError());
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        sleepers.delete(sleeper);
        reject(new CancelledError());
      };
      const wake = (): void => {
        sleepers.delete(sleeper);
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper: Sleeper = { dueAt: time + (ms > 0 ? ms : 0), wake };
      sleepers.add(sleeper);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  function nextDue(until: number): Sleeper | undefined {
    let earliest: Sleeper | undefined;
    for (const sleeper of sleepers) {
      if (sleeper.dueAt > until) continue;
      if (!earliest || sleeper.dueAt < earliest.dueAt) earliest = sleeper;
    }
    return earliest;
  }

  async function advance(ms: number): Promise<void> {
    const target = time + ms;
    await settle();
    for (let next = nextDue(target); next; next = nextDue(target)) {
      // Another advance may be under way.
      time = Math.max(time, next.dueAt);
      next.wake();
      await settle();
    }
    time = Math.max(time, target);
  }

  return { now: () => time, sleep, advance, pending: () => sleepers.size };
}

/** Lets everything that is ready to run do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

import { setTimeout as wait } from 'node:timers/promises';
import { longestTimerMs, type Clock } from '../core/clock';
import { CancelledError } from '../core/errors';

/** For housekeeping: a process that has nothing else left to do ends, whatever this clock still waits for. */
export const backgroundClock: Clock = { now: () => Date.now(), sleep };

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) throw new CancelledError();
  const options = { ref: false, ...(signal && { signal }) };
  try {
    for (let left = ms; ; left -= longestTimerMs) {
      await wait(Math.min(Math.max(left, 0), longestTimerMs), undefined, options);
      if (left <= longestTimerMs) return;
    }
  } catch {
    throw new CancelledError();
  }
}

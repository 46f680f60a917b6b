import type { Clock } from '../../lib/core/clock';
import { CancelledError } from '../../lib/core/errors';

/** Pauses up to this long take no time; what is longer is a limit, and is never reached. */
export function hastyClock(longestPauseMs: number): Clock {
  return {
    now: () => 1_785_000_000_000,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const onAbort = (): void => reject(new CancelledError());
        if (signal?.aborted) return onAbort();
        if (ms <= longestPauseMs) return void setImmediate(resolve);
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
  };
}

import { CancelledError } from './errors';

export interface Clock {
  /** Milliseconds since 1970. Wall time: it may jump, so never measure a wait with it. */
  now(): number;
  /** Rejects with CancelledError when the signal is aborted, before or during the wait. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Node runs a longer timer after one millisecond. */
export const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = { now: () => Date.now(), sleep };

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.reject(new CancelledError());
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(new CancelledError());
    };
    const arm = (left: number): void => {
      const slice = Math.min(left, longestTimerMs);
      timer = setTimeout(() => {
        if (left > slice) return arm(left - slice);
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, slice);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    arm(ms > 0 ? ms : 0);
  });
}

/** Calls `onTime` after `ms`, unless the returned function is called first. */
export function startTimer(clock: Clock, ms: number, onTime: () => void): () => void {
  const stop = new AbortController();
  clock.sleep(ms, stop.signal).then(onTime, () => undefined);
  return () => stop.abort();
}

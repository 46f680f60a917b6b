import { CancelledError } from './errors';
import { onAbort } from './unless-aborted';

export interface Clock {
  /** Milliseconds since 1970. Wall time: it may jump, so never measure a wait with it. */
  now(): number;
  /** Rejects with CancelledError when the signal is aborted, before or during the wait. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** As `startTimer`, for a clock that can do it without a promise. */
  after?(ms: number, onTime: () => void): () => void;
}

/** Node runs a longer timer after one millisecond. */
export const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = { now: () => Date.now(), sleep, after };

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.reject(new CancelledError());
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const stopListening = onAbort(signal, () => {
      clearTimeout(timer);
      reject(new CancelledError());
    });
    const arm = (left: number): void => {
      const slice = Math.min(left, longestTimerMs);
      timer = setTimeout(() => {
        if (left > slice) return arm(left - slice);
        stopListening();
        resolve();
      }, slice);
    };
    arm(ms > 0 ? ms : 0);
  });
}

function after(ms: number, onTime: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const arm = (left: number): void => {
    const slice = Math.min(left, longestTimerMs);
    timer = setTimeout(() => (left > slice ? arm(left - slice) : onTime()), slice);
  };
  arm(ms > 0 ? ms : 0);
  return () => clearTimeout(timer);
}

/** Calls `onTime` after `ms`, unless the returned function is called first. */
export function startTimer(clock: Clock, ms: number, onTime: () => void): () => void {
  // Most timers are called off; an aborted wait costs two errors with their stacks, which nobody reads.
  if (clock.after) return clock.after(ms, onTime);
  const stop = new AbortController();
  clock.sleep(ms, stop.signal).then(onTime, () => undefined);
  return () => stop.abort();
}

import { CancelledError } from './errors';
import { onAbort } from './unless-aborted';

/** So much work side by side, and the rest in the order of coming. */
export interface Lanes {
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createLanes(most: number): Lanes {
  const waiting = new Set<() => void>();
  let free = most;

  function enter(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(new CancelledError());
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const start = (): void => {
        stopListening();
        resolve();
      };
      const stopListening = onAbort(signal, () => {
        waiting.delete(start);
        reject(new CancelledError());
      });
      waiting.add(start);
    });
  }

  function leave(): void {
    const [next] = waiting;
    if (!next) {
      free += 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  return {
    async run(work, signal) {
      await enter(signal);
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}

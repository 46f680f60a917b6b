import { CancelledError } from './errors';

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
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        waiting.delete(start);
        reject(new CancelledError());
      };
      waiting.add(start);
      signal?.addEventListener('abort', onAbort, { once: true });
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

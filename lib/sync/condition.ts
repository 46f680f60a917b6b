import { CancelledError } from '../core/errors';

/** Lets work wait until something has become true. */
export interface Condition {
  /** Resolves when it holds; rejects with CancelledError when the signal is aborted before. */
  until(holds: () => boolean, signal?: AbortSignal): Promise<void>;
  /** Something has changed: whoever waits looks again. */
  look(): void;
}

export function createCondition(): Condition {
  const waiting = new Set<() => void>();

  function until(holds: () => boolean, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(new CancelledError());
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.delete(look);
        signal?.removeEventListener('abort', onAbort);
      };
      const look = (): void => {
        if (!holds()) return;
        leave();
        resolve();
      };
      const onAbort = (): void => {
        leave();
        reject(new CancelledError());
      };
      waiting.add(look);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  return {
    until,
    look() {
      for (const look of waiting) look();
    },
  };
}

import type { Clock } from '../core/clock';
import { CancelledError } from '../core/errors';

const storePauseMs = 1000;

/**
 * Resolves when it is in the store, however long the store is away: what is not on record would be done again.
 * Rejects with CancelledError when the store is closed for good or nobody wants it any more.
 */
export async function untilRecorded(
  record: () => Promise<unknown>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      await unlessAborted(record(), signal);
      return;
    } catch (thrown) {
      if (thrown instanceof CancelledError) throw thrown;
      await clock.sleep(storePauseMs, signal);
    }
  }
}

/** Rejects with CancelledError as soon as the signal is aborted, also when the work does not listen to it. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new CancelledError());
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort))
      .catch(() => undefined);
  });
}

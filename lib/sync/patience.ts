import type { Clock } from '../core/clock';
import { CancelledError } from '../core/errors';
import { unlessAborted } from '../core/unless-aborted';

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

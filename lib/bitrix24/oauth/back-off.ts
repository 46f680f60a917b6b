import type { Clock } from '../../core/clock';
import { UnreachableError } from '../../core/errors';
import { withRetry, type RetryPolicy } from '../../core/retry';

const policy: RetryPolicy = { attempts: 4, baseMs: 1000, factor: 2, capMs: 8000, jitter: 0.1 };

/** A second attempt would end as the first did, and everybody who waits has waited long enough. */
const hopeless = new Set<unknown>(['ETIMEDOUT', 'REDIRECT']);

/** Asks the auth server again when no usable answer came; a token is normally still good then. */
export function askWithBackOff<T>(ask: () => Promise<T>, clock: Clock): Promise<T> {
  return withRetry(ask, {
    policy,
    clock,
    decide: (error) =>
      error instanceof UnreachableError && !hopeless.has(error.params['reason']) ? 'retry' : 'final',
  });
}

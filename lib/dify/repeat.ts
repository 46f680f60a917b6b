import type { Clock } from '../core/clock';
import { RefusedError, UnreachableError } from '../core/errors';
import { withRetry, type RetryDecision, type RetryPolicy } from '../core/retry';
import { repeatability } from './refusal';

export interface RepeatOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly random?: (() => number) | undefined;
}

const policy: RetryPolicy = { attempts: 5, baseMs: 1000, factor: 2, capMs: 8000, jitter: 0.2 };
const triesWithoutConnection = 3;

/**
 * Makes a call that starts something once more only where the table of Dify's errors allows it: when the app was
 * busy, once after a failure of the server itself, and when nothing can have arrived.
 */
export function startOnce<T>(start: () => Promise<T>, options: RepeatOptions): Promise<T> {
  let failures = 0;
  let lost = 0;
  return withRetry(start, {
    ...options,
    policy,
    decide(error) {
      if (error instanceof UnreachableError) {
        lost += 1;
        return !error.sent && lost < triesWithoutConnection ? 'retry' : 'final';
      }
      if (!(error instanceof RefusedError)) return 'final';
      const kind = repeatability(error);
      if (kind === 'once') failures += 1;
      const mayRepeat = kind === 'when-less-busy' || (kind === 'once' && failures < 2);
      return mayRepeat ? whenTold(error) : 'final';
    },
  });
}

/** Reading changes nothing, so it may be repeated whatever became of it. */
export function readAgain<T>(read: () => Promise<T>, options: RepeatOptions): Promise<T> {
  return withRetry(read, {
    ...options,
    policy: { ...policy, attempts: 3 },
    decide(error) {
      if (error instanceof UnreachableError) return error.code === 'DIFY_TIMEOUT' ? 'final' : 'retry';
      if (!(error instanceof RefusedError)) return 'final';
      const { status = 0 } = error;
      return repeatability(error) === 'never' && status < 500 ? 'final' : whenTold(error);
    },
  });
}

/** Longer than this nobody waits for an answer in a chat. */
const longestWaitMs = 60_000;

function whenTold({ retryAfterMs }: RefusedError): RetryDecision {
  if (retryAfterMs === undefined) return 'retry';
  return retryAfterMs > longestWaitMs ? 'final' : { afterMs: retryAfterMs };
}

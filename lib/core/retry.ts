import { longestTimerMs, type Clock } from './clock';
import { CancelledError } from './errors';

export interface RetryPolicy {
  /** How often the work is tried in all, the first time included. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly factor: number;
  readonly capMs: number;
  /** Share of the wait that is left to chance: 0.1 means 10 % either way. */
  readonly jitter: number;
}

/** `afterMs`: the service said when to come back, so the policy's own wait is not used. */
export type RetryDecision = 'final' | 'retry' | { afterMs: number };

export interface RetryOptions {
  policy: RetryPolicy;
  clock: Clock;
  decide: (error: unknown) => RetryDecision;
  signal?: AbortSignal | undefined;
  random?: (() => number) | undefined;
}

/** The wait after the given failed attempt; attempts count from 1. */
export function retryDelay(policy: RetryPolicy, attempt: number, random: () => number = Math.random): number {
  const cap = waitable(policy.capMs);
  const plain = Math.min(waitable(policy.baseMs * policy.factor ** (attempt - 1)), cap);
  const chance = between(random(), 0, 1) * 2 - 1;
  return Math.min(Math.round(plain * (1 + between(policy.jitter, 0, 1) * chance)), cap);
}

export function withRetry<T>(run: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  if (options.signal?.aborted) return Promise.reject(new CancelledError());
  // Mostly the first try is the only one, and takes long: nothing of the others is held meanwhile.
  return new Promise<T>((resolve) => resolve(run(1))).catch((error: unknown) =>
    tryAgain(run, options, error),
  );
}

async function tryAgain<T>(
  run: (attempt: number) => Promise<T>,
  { policy, clock, decide, signal, random }: RetryOptions,
  thrown: unknown,
): Promise<T> {
  let error = thrown;
  for (let attempt = 1; ; attempt += 1) {
    const last = !(attempt < policy.attempts);
    if (last || error instanceof CancelledError) throw error;
    const decision = decide(error);
    if (decision === 'final') throw error;
    const ownDelay = (): number => retryDelay(policy, attempt, random);
    await clock.sleep(waitAfter(decision, ownDelay), signal);
    if (signal?.aborted) throw new CancelledError();
    try {
      return await run(attempt + 1);
    } catch (again) {
      error = again;
    }
  }
}

function waitAfter(decision: 'retry' | { afterMs: number }, ownDelay: () => number): number {
  if (decision === 'retry' || Number.isNaN(decision.afterMs)) return ownDelay();
  return waitable(decision.afterMs);
}

function waitable(ms: number): number {
  return between(ms, 0, longestTimerMs);
}

function between(value: number, low: number, high: number): number {
  return value > low ? Math.min(value, high) : low;
}

import type { Clock } from '../../core/clock';
import { RefusedError, UnreachableError } from '../../core/errors';
import { withRetry, type RetryDecision, type RetryPolicy } from '../../core/retry';
import type { Credential } from './credential';
import type { PortalLimiter } from './limiter';
import type { CallPolicy } from './call';
import { isMethodOverdrawn, isRateLimited, isTokenOver } from './refusal';

export const retryPolicy: RetryPolicy = { attempts: 5, baseMs: 1000, factor: 2, capMs: 30_000, jitter: 0.1 };
/** Each refusal makes the limiter wait longer, so this is some minutes. */
export const rateLimitTries = 10;
/** Refusals that another try would meet again, although their status says that the server failed. */
const lastingFailures = new Set(['OVERLOAD_LIMIT', 'PORTAL_DELETED']);

/** What the portal certainly did not carry out may be repeated; after an unclear outcome only a harmless call. */
export function repeatWhereSafe(clock: Clock, random?: () => number): CallPolicy {
  return (next) => (call) =>
    withRetry(() => next(call), {
      policy: retryPolicy,
      clock,
      random,
      signal: call.signal,
      decide: (error) => repeatDecision(error, call.idempotent),
    });
}

function repeatDecision(error: unknown, idempotent: boolean): RetryDecision {
  if (error instanceof UnreachableError) {
    const wouldFailAgain = error.params['reason'] === 'TOO_LARGE';
    return !wouldFailAgain && (idempotent || !error.sent) ? 'retry' : 'final';
  }
  return idempotent && isServerFailure(error) ? 'retry' : 'final';
}

function isServerFailure(error: unknown): boolean {
  if (!(error instanceof RefusedError)) return false;
  const { status = 0, serviceCode = '' } = error;
  return status >= 500 && !isRateLimited(error) && !lastingFailures.has(serviceCode);
}

/** The limiter makes everybody wait after such a refusal; here the refused call only queues again. */
export function waitOutRateLimit(): CallPolicy {
  return (next) => async (call) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await next(call);
      } catch (error) {
        if (!isRateLimited(error) || tries >= rateLimitTries) throw error;
      }
    }
  };
}

/** After a token is over, one renewal and one more try. A webhook's credential renews nothing. */
export function renewOnce(credential: Credential): CallPolicy {
  return (next) => async (call) => {
    let used: Readonly<Record<string, string>> = {};
    const watched = { ...call, onAuthorised: (fields: typeof used) => (used = fields) };
    try {
      return await next(watched);
    } catch (error) {
      if (!isTokenOver(error) || !(await credential.renew(used, call.signal))) throw error;
      return next(call);
    }
  };
}

export function takeTurn(limiter: () => PortalLimiter): CallPolicy {
  return (next) => async (call) => {
    const { urgent, signal, takenTurn } = call;
    const turn = takenTurn?.() ?? (await limiter().enter({ urgent, signal }));
    try {
      const answer = await next(call);
      turn.accepted();
      return answer;
    } catch (error) {
      if (isRateLimited(error)) turn.refused(error.retryAfterMs);
      else if (error instanceof RefusedError && !isMethodOverdrawn(error)) turn.accepted();
      throw error;
    }
  };
}

import { systemClock, type Clock } from '../core/clock';
import { RefusedError, UnreachableError } from '../core/errors';
import type { HttpClient } from '../core/http';
import { withRetry, type RetryDecision, type RetryPolicy } from '../core/retry';
import type { CallOptions } from './portal';
import { readAnswer } from './rest-answer';

export interface RestCall extends CallOptions {
  method: string;
  params: Readonly<Record<string, unknown>>;
}
export type Caller = (call: RestCall) => Promise<unknown>;
/** A rule about calls, wrapped round whatever makes them. */
export type CallPolicy = (next: Caller) => Caller;

export interface RestClientOptions {
  base: URL;
  http: HttpClient;
  clock?: Clock;
}

const retryPolicy: RetryPolicy = { attempts: 5, baseMs: 1000, factor: 2, capMs: 30_000, jitter: 0.1 };

/** Calls methods of one portal with one credential. The policies are listed from the outside in. */
export function createRestClient({ base, http, clock = systemClock }: RestClientOptions): Caller {
  const policies: CallPolicy[] = [repeatWhereSafe(clock)];
  return policies.reduceRight((next, policy) => policy(next), postTo(base, http));
}

function postTo(base: URL, http: HttpClient): Caller {
  return async ({ method, params, signal }) => {
    const request = {
      method: 'POST' as const,
      url: new URL(method, base),
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(params),
    };
    try {
      return readAnswer(method, await http.send(signal ? { ...request, signal } : request));
    } catch (error) {
      throw error instanceof UnreachableError && error.code === 'ADDRESS_UNREACHABLE'
        ? named(method, error)
        : error;
    }
  };
}

function named(method: string, error: UnreachableError): UnreachableError {
  const { message, sent } = error;
  return new UnreachableError('BITRIX_UNREACHABLE', `${method}: ${message}`, { sent, cause: error });
}

/** A call that the portal certainly did not carry out may be repeated; after an unclear outcome only a harmless one. */
function repeatWhereSafe(clock: Clock): CallPolicy {
  return (next) => (call) =>
    withRetry(() => next(call), {
      policy: retryPolicy,
      clock,
      signal: call.signal,
      decide: (error) => decide(error, call.idempotent),
    });
}

function decide(error: unknown, idempotent: boolean): RetryDecision {
  if (error instanceof UnreachableError) return idempotent || !error.sent ? 'retry' : 'final';
  if (!(error instanceof RefusedError)) return 'final';
  if (error.serviceCode === 'QUERY_LIMIT_EXCEEDED' || isPlainTooMany(error)) return 'retry';
  return idempotent && error.serviceCode === 'INTERNAL_SERVER_ERROR' ? 'retry' : 'final';
}

/** The other 429, OPERATION_TIME_LIMIT, lasts for minutes. */
function isPlainTooMany(error: RefusedError): boolean {
  return error.status === 429 && error.serviceCode !== 'OPERATION_TIME_LIMIT';
}

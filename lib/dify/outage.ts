import { BitlaneError, UnreachableError } from '../core/errors';
import { connectTimeout } from '../core/http-failure';

/** As the settings of the `dify-app` node call them, in milliseconds. */
export interface DifyTimers {
  /** For look-up, TCP and TLS of a new connection. */
  readonly connectMs: number;
  /** Connected, and without a byte: not even Dify's keep-alive, which comes every 10 s. */
  readonly idleMs: number;
  /** Without an event; keep-alives are no progress. */
  readonly progressMs: number;
  readonly totalMs: number;
}

export const defaultTimers: DifyTimers = {
  connectMs: 15_000,
  idleMs: 45_000,
  progressMs: 300_000,
  totalMs: 600_000,
};

export type DifyTimer = 'connect' | 'idle' | 'progress' | 'total';

const sentences: Readonly<Record<DifyTimer, string>> = {
  connect: 'Dify could not be connected to',
  idle: 'nothing at all came from Dify',
  progress: 'the run made no progress, although the connection is alive',
  total: 'the run was not through',
};

export function timeoutOf(timer: DifyTimer, ms: number): UnreachableError {
  const seconds = Math.round(ms / 1000);
  return new UnreachableError('DIFY_TIMEOUT', `${sentences[timer]} within ${seconds} s`, {
    sent: timer !== 'connect',
    params: { timer, setting: `${timer}TimeoutSeconds`, seconds },
  });
}

/** What the network gave, in the words of this client. What is an error of ours already stays as it is. */
export function outageOf(error: unknown, { connectMs, idleMs }: DifyTimers): unknown {
  if (!(error instanceof UnreachableError) || error.code !== 'ADDRESS_UNREACHABLE') return error;
  const reason = String(error.params['reason'] ?? 'UNKNOWN');
  if (reason === connectTimeout) return timeoutOf('connect', connectMs);
  if (reason === 'ETIMEDOUT') return error.sent ? timeoutOf('idle', idleMs) : timeoutOf('connect', connectMs);
  return new UnreachableError('DIFY_UNREACHABLE', error.message, {
    sent: error.sent,
    params: { reason },
    cause: error,
  });
}

/** The answer is there and is none of Dify's, or more than anybody would want. */
export function unusableAnswer(what: string, reason: string): UnreachableError {
  return new UnreachableError('DIFY_UNREACHABLE', `${what}: ${reason}`, { sent: true, params: { reason } });
}

export function interrupted(cause: unknown): UnreachableError {
  return new UnreachableError('DIFY_INTERRUPTED', 'the answer of Dify broke off before its end', {
    sent: true,
    ...(cause instanceof Error ? { cause } : {}),
  });
}

/** A connection that ended although it should not have, which is worth another look at the same run. */
export function isBreak(error: unknown): boolean {
  if (!(error instanceof BitlaneError)) return false;
  if (error.code !== 'DIFY_UNREACHABLE' || !(error instanceof UnreachableError)) return false;
  return error.params['reason'] !== 'TOO_LARGE';
}

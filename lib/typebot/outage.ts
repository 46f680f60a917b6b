import { UnreachableError } from '../core/errors';
import { connectTimeout } from '../core/http-failure';
import type { TypebotCall } from './refusal';

/** What came instead of an answer, in short: a code of the network, a status, or what the answer was. */
export interface Outage {
  readonly call: TypebotCall;
  readonly reason: string;
  /** Whether Typebot may have seen the request. */
  readonly sent: boolean;
  readonly timeoutMs: number;
  readonly cause?: Error;
}

/** An answer of the person may be taken already, so that only a new start can be told to have failed. */
export function outageOf({ call, reason, sent, timeoutMs, cause }: Outage): UnreachableError {
  const seconds = Math.round(timeoutMs / 1000);
  const detail = { sent, params: { reason, seconds }, ...(cause && { cause }) };
  if (sent && call === 'continueChat') {
    return new UnreachableError('TYPEBOT_UNCERTAIN', `${call}: the outcome is not known (${reason})`, detail);
  }
  if (sent && reason === 'ETIMEDOUT') {
    return new UnreachableError('TYPEBOT_TIMEOUT', `${call}: no answer within ${seconds} s`, detail);
  }
  return new UnreachableError('TYPEBOT_UNREACHABLE', `${call}: no usable answer (${reason})`, detail);
}

/** What the network gave, in the words of this client. What is an error of ours already stays as it is. */
export function inOwnWords(error: unknown, call: TypebotCall, timeoutMs: number): unknown {
  if (!(error instanceof UnreachableError) || error.code !== 'ADDRESS_UNREACHABLE') return error;
  const reason = String(error.params['reason'] ?? 'UNKNOWN');
  return outageOf({ call, reason, sent: error.sent, timeoutMs, cause: error });
}

/** Nothing arrived, and it was told soon: one more try can do no harm. */
export function mayTryAgain(error: unknown): boolean {
  if (!(error instanceof UnreachableError) || !error.code.startsWith('TYPEBOT_')) return false;
  const { reason } = error.params;
  if (!error.sent) return reason !== 'ETIMEDOUT' && reason !== connectTimeout;
  // A proxy's own; what stands behind it did not run.
  return error.code === 'TYPEBOT_UNREACHABLE' && (reason === 'HTTP 502' || reason === 'HTTP 503');
}

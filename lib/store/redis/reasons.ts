import { UnreachableError } from '../../core/errors';
import { at, textAt } from '../../core/fields';

/** The server answers so as long as it is in no state to work for us. */
const notNow = new Set([
  ...['OOM', 'READONLY', 'MISCONF', 'NOREPLICAS', 'LOADING', 'BUSY', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN'],
  ...['NOAUTH', 'WRONGPASS', 'NOPERM', 'UNBLOCKED'],
]);

/**
 * What went wrong, in one word: that of the server, of the system, or one of ours. Never the message, which may hold
 * what was sent: values, and the password.
 */
export function reasonOf(thrown: unknown): string {
  const nested: unknown = at(thrown, 'lastNodeError');
  if (nested instanceof Error) return reasonOf(nested);
  // Read from the thing itself before, when a call of the store failed by it.
  if (thrown instanceof UnreachableError) return textAt(thrown.params, 'reason') ?? thrown.code;
  const message = textAt(thrown, 'message') ?? '';
  if (isAnswer(thrown)) return /^[A-Z]{2,20}(?= )/.exec(message)?.[0] ?? 'ERR';
  if (message === 'Command timed out' || message === 'connect ETIMEDOUT') return 'TIMEOUT';
  if (message.startsWith('All sentinels are unreachable')) return 'NO_SENTINEL';
  const code = textAt(thrown, 'code') ?? '';
  return /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : 'CLOSED';
}

/** It was an answer, so nothing was done. */
export const isAnswer = (thrown: unknown): boolean => thrown instanceof Error && thrown.name === 'ReplyError';

/** The client did not even try. */
export const isUnsent = (thrown: unknown): boolean =>
  textAt(thrown, 'message')?.startsWith("Stream isn't writeable") === true;

/** Whether it is the state of the server, and not the one command. */
export const isCondition = (thrown: unknown): boolean => !isAnswer(thrown) || notNow.has(reasonOf(thrown));

export function redisUnavailable(reason: string, sent: boolean): UnreachableError {
  return new UnreachableError('STORE_UNAVAILABLE', `the store's Redis cannot be used: ${reason}`, {
    sent,
    params: { reason },
  });
}

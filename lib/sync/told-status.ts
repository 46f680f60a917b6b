import { at, textAt } from '../core/fields';
import { BitlaneError, errorCodes, RefusedError } from '../core/errors';
import { lastIn, wholeAt } from './place';
import { withoutUndefined } from './row-label';
import type { SyncState, SyncStatus } from './types';

/** A status as whoever works on a cursor leaves it in the store for the others. */
export function toldStatus(status: SyncStatus): Record<string, unknown> {
  const { error, ...rest } = status;
  return { ...rest, ...(error && { error: toldError(error) }) };
}

export function readToldStatus(value: unknown): SyncStatus {
  const count = (name: string): number => wholeAt(value, name) ?? 0;
  const running = (['running', 'stopping'] as const).find((word) => word === textAt(value, 'state'));
  const state: SyncState = running ?? 'idle';
  return withoutUndefined({
    state,
    ...{ handled: count('handled'), sent: count('sent'), skipped: count('skipped') },
    ...{ givenUp: count('givenUp'), gone: count('gone'), inFlight: count('inFlight') },
    ...{ position: count('position'), late: count('late'), failed: count('failed') },
    isHeld: at(value, 'isHeld') === true,
    total: wholeAt(value, 'total'),
    last: lastIn(value),
    startedAt: wholeAt(value, 'startedAt'),
    movedAt: wholeAt(value, 'movedAt'),
    caughtUpAt: wholeAt(value, 'caughtUpAt'),
    ratePerMinute: wholeAt(value, 'ratePerMinute'),
    nextLateAt: wholeAt(value, 'nextLateAt'),
    error: readError(at(value, 'error')),
    isElsewhere: true as const,
  });
}

function toldError(error: Error): Record<string, unknown> {
  if (!(error instanceof BitlaneError)) return { message: error.message };
  return { code: error.code, message: error.message, params: error.params };
}

function readError(told: unknown): Error | undefined {
  const message = textAt(told, 'message');
  if (message === undefined) return undefined;
  const code = errorCodes.find((known) => known === textAt(told, 'code'));
  if (!code) return new Error(message);
  const params = Object.entries(Object.assign({}, at(told, 'params'))).filter(isParam);
  return new RefusedError(code, message, { params: Object.fromEntries(params) });
}

function isParam(entry: [string, unknown]): entry is [string, string | number] {
  return typeof entry[1] === 'string' || typeof entry[1] === 'number';
}

import { BitlaneError } from '../core/errors';
import type { Cursor, LastRow, SyncState, SyncStatus } from './types';
import type { CursorName } from './cursor-key';
import { withoutUndefined } from './row-label';

/** What a panel shows of a cursor: plain JSON, without anything that must not leave the process. */
export interface CursorView extends CursorName {
  readonly state: SyncState;
  readonly isHeld: boolean;
  readonly position: number;
  readonly handled: number;
  readonly sent: number;
  readonly skipped: number;
  readonly givenUp: number;
  readonly gone: number;
  readonly total?: number;
  /** For the bar, 0 to 1; left out when nobody knows. */
  readonly share?: number;
  readonly inFlight: number;
  readonly late: number;
  readonly failed: number;
  readonly last?: LastRow;
  readonly startedAt?: number;
  readonly movedAt?: number;
  readonly caughtUpAt?: number;
  readonly ratePerMinute?: number;
  readonly minutesLeft?: number;
  readonly nextLateAt?: number;
  /** Of the last run, to be said in the language of whoever looks. */
  readonly error?: { readonly code: string; readonly params: Readonly<Record<string, string | number>> };
}

export function viewCursor(name: CursorName, cursor: Pick<Cursor, 'status'>): CursorView {
  const { error, ...status } = cursor.status();
  return withoutUndefined({
    ...name,
    ...status,
    share: shareOf(status),
    minutesLeft: minutesLeft(status),
    error: error && errorView(error),
  });
}

function shareOf({ handled, total }: Pick<SyncStatus, 'handled' | 'total'>): number | undefined {
  if (total === undefined) return undefined;
  return total === 0 ? undefined : Math.min(1, handled / total);
}

function minutesLeft({
  state,
  handled,
  total,
  ratePerMinute,
}: Omit<SyncStatus, 'error'>): number | undefined {
  if (state !== 'running' || total === undefined || !ratePerMinute) return undefined;
  return Math.ceil(Math.max(0, total - handled) / ratePerMinute);
}

function errorView(error: Error): CursorView['error'] {
  if (!(error instanceof BitlaneError)) return { code: 'INTERNAL', params: {} };
  return { code: error.code, params: error.params };
}

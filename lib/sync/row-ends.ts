import type { FailedRows } from './failed-rows';
import type { RowEnd } from './hand-out';
import type { LateRows } from './late-rows';
import type { Place } from './place';
import type { Outcome, Progress } from './progress';
import { labelOf, shortReason } from './row-label';
import type { SyncRow, SyncSource } from './source';
import type { CursorListeners } from './types';

/** Where a row that is in hand is on record until it has come to an end. */
export type Origin = 'list' | 'late' | 'failed';

export interface RowEndsDesk<T> {
  source: SyncSource<T>;
  place: Place;
  late: LateRows;
  failed: FailedRows;
  progress: Progress;
  listeners: CursorListeners;
  now: () => number;
  changed: () => void;
  /** Tries until the store has it. */
  record: (write: () => Promise<unknown>) => Promise<void>;
}

/** One that halts everything comes to no end of its own. */
type Brought = Exclude<RowEnd, { how: 'halted' }>;

/**
 * What becomes of a row. What has to be kept is on record before the row leaves the place it came from; whoever looks
 * at rows saves the place for many of them at once.
 */
export interface RowEnds<T> {
  /** Resolves when it is written down, the place included. */
  delivered(row: SyncRow<T>, origin: Origin, end: Brought): Promise<void>;
  late(row: SyncRow<T>, origin: Origin): Promise<void>;
  unwanted(id: number, origin: Origin): Promise<void>;
  gone(id: number, origin: Origin): Promise<void>;
  unjudged(row: SyncRow<T>, origin: Origin, reason: string): Promise<void>;
}

export function createRowEnds<T>(desk: RowEndsDesk<T>): RowEnds<T> {
  const { source, place, late, failed, progress, listeners, now, record } = desk;

  async function leave(id: number, origin: Origin, outcome: Outcome): Promise<void> {
    if (origin === 'late') await record(() => late.drop(id));
    if (origin === 'failed') await record(() => failed.drop(id));
    if (origin === 'list') place.end(id);
    count(outcome);
  }

  function count(outcome: Outcome): void {
    progress.count(outcome);
    desk.changed();
  }

  async function finished({ id, item }: SyncRow<T>, origin: Origin): Promise<void> {
    place.remember({ id, ...labelOf(source, item) });
    await leave(id, origin, 'sent');
  }

  async function fail(row: SyncRow<T>, origin: Origin, reason: string, tries: number): Promise<void> {
    const { id, item } = row;
    const entry = { id, ...labelOf(source, item), reason: shortReason(reason), tries, failedAt: now() };
    await record(() => failed.add(entry));
    // It stays in the list that it came from.
    if (origin === 'failed') count('failed');
    else await leave(id, origin, 'failed');
    listeners.onFailed?.(entry);
  }

  async function isLate({ id, item }: SyncRow<T>, origin: Origin): Promise<void> {
    if (origin === 'late') return lateAgain({ id, item });
    await record(() => late.add(id, labelOf(source, item).at));
    await leave(id, origin, 'late');
  }

  async function lateAgain({ id, item }: SyncRow<T>): Promise<void> {
    if (!late.isOver(id)) {
      await record(() => late.postpone(id));
      return count('late');
    }
    const givenUp = { id, ...labelOf(source, item), ...late.seen(id) };
    await leave(id, 'late', 'givenUp');
    listeners.onGivenUp?.(givenUp);
  }

  return {
    async delivered(row, origin, end) {
      if (end.how === 'finished') await finished(row, origin);
      if (end.how === 'late') await isLate(row, origin);
      if (end.how === 'failed') await fail(row, origin, end.reason, end.tries);
      if (place.isMoved()) await record(() => place.save());
    },
    late: isLate,
    unwanted: (id, origin) => leave(id, origin, 'skipped'),
    gone: (id, origin) => leave(id, origin, 'gone'),
    unjudged: (row, origin, reason) => fail(row, origin, reason, 1),
  };
}

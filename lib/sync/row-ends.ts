import { InvalidError } from '../core/errors';
import type { Absences } from './absences';
import type { FailedRows } from './failed-rows';
import type { RowEnd } from './hand-out';
import type { LateRows } from './late-rows';
import type { Place } from './place';
import type { Outcome, Progress } from './progress';
import { labelOf, reasonOf, shortReason } from './row-label';
import type { RowLabel, SyncRow, SyncSource } from './source';
import type { CursorListeners } from './types';

/** Where a row that is in hand is on record until it has come to an end. */
export type Origin = 'list' | 'late' | 'failed';

export interface RowEndsDesk<T> {
  source: SyncSource<T>;
  place: Place;
  late: LateRows;
  failed: FailedRows;
  absences: Absences;
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
  /** The portal did not show it. That may be the portal, so nothing is forgotten because of it. */
  missing(id: number, origin: Origin): Promise<void>;
  unjudged(row: SyncRow<T>, origin: Origin, reason: string): Promise<void>;
}

const neverCame = reasonOf(
  new InvalidError('SYNC_GIVEN_UP', 'what was still to come, such as the recording, never came'),
);
const notShown =
  'the portal does not show it any more: was it deleted, or does the user or the webhook have fewer rights now? Then retry it or drop it';

export function createRowEnds<T>(desk: RowEndsDesk<T>): RowEnds<T> {
  const { source, place, late, failed, absences, progress, listeners, now, record } = desk;

  async function leave(id: number, origin: Origin, outcome: Outcome): Promise<void> {
    if (origin === 'late') await record(() => late.drop(id));
    if (origin === 'failed') await record(() => failed.drop(id));
    if (origin === 'list') place.end(id);
    count(outcome);
  }

  function count(outcome: Outcome): void {
    progress.count(outcome);
    if (outcome === 'sent' || outcome === 'skipped') listeners.onDone?.();
    desk.changed();
  }

  async function finished({ id, item }: SyncRow<T>, origin: Origin): Promise<void> {
    place.remember({ id, ...labelOf(source, item) });
    await leave(id, origin, 'sent');
  }

  async function fail(
    { id, label, origin, outcome = 'failed' }: Failing,
    reason: string,
    tries: number,
  ): Promise<void> {
    const entry = { id, ...label, reason: shortReason(reason), tries, failedAt: now() };
    await record(() => failed.add(entry));
    // It stays in the list that it came from.
    if (origin === 'failed') count('failed');
    else await leave(id, origin, outcome);
    listeners.onFailed?.(entry);
  }

  const failing = ({ id, item }: SyncRow<T>, origin: Origin): Failing => ({
    id,
    label: labelOf(source, item),
    origin,
  });

  async function isLate({ id, item }: SyncRow<T>, origin: Origin, isOwed: boolean): Promise<void> {
    const label = labelOf(source, item);
    if (origin === 'late') return lateAgain(id, label, isOwed, neverCame);
    await record(() => late.add(id, label.at, isOwed || origin === 'failed'));
    await leave(id, origin, 'late');
  }

  /** Of a first look at an old history thousands may never have had a recording: those are counted, and no more. */
  async function lateAgain(id: number, label: RowLabel, isOwed: boolean, reason: string): Promise<void> {
    if (!late.isOver(id)) {
      await record(() => late.postpone(id, isOwed));
      return count('late');
    }
    if (late.isOfOld(id) && !isOwed) return leave(id, 'late', 'givenUp');
    await fail({ id, label, origin: 'late', outcome: 'givenUp' }, reason, late.tries(id) + 1);
  }

  async function missing(id: number, origin: Origin): Promise<void> {
    const label = { title: `ID ${id}` };
    if (origin === 'late') return lateAgain(id, label, false, notShown);
    if (origin === 'list' && absences.isForGood(id, now())) {
      return fail({ id, label, origin, outcome: 'gone' }, notShown, 1);
    }
    count('gone');
  }

  return {
    async delivered(row, origin, end) {
      if (end.how === 'finished') await finished(row, origin);
      if (end.how === 'late') await isLate(row, origin, !end.isLost);
      if (end.how === 'failed') await fail(failing(row, origin), end.reason, end.tries);
      if (place.isMoved()) await record(() => place.save());
    },
    late: (row, origin) => isLate(row, origin, false),
    unwanted: (id, origin) => leave(id, origin, 'skipped'),
    missing,
    unjudged: (row, origin, reason) => fail(failing(row, origin), reason, 1),
  };
}

interface Failing {
  readonly id: number;
  readonly label: RowLabel;
  readonly origin: Origin;
  readonly outcome?: Outcome;
}

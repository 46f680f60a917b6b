import { haltedBy, type Blame } from './blame';
import type { RowEnd } from './hand-out';
import type { Origin, RowEnds } from './row-ends';
import type { SyncRow } from './source';

/** What the end of a row means for the others of its run. */
export interface Settling<T> {
  /** Rejects when the run is no use any more. */
  settle(row: SyncRow<T>, origin: Origin, end: RowEnd): Promise<void>;
  /** A person who waits is told of the few that are left, with nothing behind them to compare them with. */
  listTheLast(): Promise<void>;
  /** Why rows of this run stayed open, until one goes well. */
  suspicion(): Error | undefined;
}

export interface SettlingDesk<T> {
  blame: Blame;
  ends: Pick<RowEnds<T>, 'delivered'>;
}

const fewHaltedRetries = 2;

export function createSettling<T>({ blame, ends }: SettlingDesk<T>): Settling<T> {
  let suspicion: Error | undefined;
  let haltedRetries = 0;
  /** Suspects of this run. */
  const left = new Map<number, () => Promise<void>>();

  async function settle(row: SyncRow<T>, origin: Origin, end: RowEnd): Promise<void> {
    if (end.how === 'finished') {
      suspicion = undefined;
      haltedRetries = 0;
      blame.wentWell(row.id);
    }
    const failure = failureIn(end);
    if (!failure) {
      // An end that is open says nothing.
      if (end.how !== 'open') blame.forget(row.id);
      return end.how === 'halted' ? undefined : ends.delivered(row, origin, end);
    }
    if (origin === 'failed') return retryFailed(row, failure);
    left.delete(row.id);
    const fault = blame.failed(row.id, failure.tries, failure.isHalt);
    if (fault === 'row') return ends.delivered(row, origin, failedEnd(failure));
    suspicion = failure.error;
    left.set(row.id, () => ends.delivered(row, origin, failedEnd(failure)));
    if (fault === 'all') throw failure.error;
  }

  /** It stays in its list, whoever is to blame; when all of them are halted, the rest is no use. */
  async function retryFailed(row: SyncRow<T>, failure: OpenFailure): Promise<void> {
    await ends.delivered(row, 'failed', failedEnd(failure));
    if (failure.isHalt) haltedRetries += 1;
    if (haltedRetries > fewHaltedRetries) throw failure.error;
  }

  async function listTheLast(): Promise<void> {
    if (blame.isOutage()) return;
    for (const [id, list] of left) {
      if (!blame.isSuspect(id)) continue;
      blame.forget(id);
      await list();
    }
    suspicion = undefined;
  }

  return { settle, listTheLast, suspicion: () => suspicion };
}

interface OpenFailure {
  readonly reason: string;
  readonly tries: number;
  readonly isHalt: boolean;
  readonly error: Error;
}

/** Of a failure that may not be the fault of the row. */
function failureIn(end: RowEnd): OpenFailure | undefined {
  if (end.how === 'halted') {
    return { reason: end.error.message, tries: end.tries, isHalt: true, error: end.error };
  }
  if (end.how !== 'failed' || end.isFinal) return undefined;
  return { reason: end.reason, tries: end.tries, isHalt: false, error: haltedBy(end.reason) };
}

const failedEnd = ({ reason, tries }: OpenFailure): RowEnd & { how: 'failed' } => ({
  ...{ how: 'failed', reason, tries, isFinal: false },
});

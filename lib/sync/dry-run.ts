import type { CursorRecords } from './records';
import { groupsById, pagesInOrder } from './reading';
import { judge, labelOf } from './row-label';
import type { SyncRow, SyncSource } from './source';
import type { DryRun, DryRunRow } from './types';

export interface DryRunDesk<T> extends Pick<CursorRecords, 'place' | 'late' | 'failed'> {
  source: SyncSource<T>;
  limit?: number;
  signal?: AbortSignal;
  closing: AbortSignal;
}

/** Reads all that a start would read; the counts are exact, the list is as long as it was wanted. */
export async function dryRun<T>(desk: DryRunDesk<T>): Promise<DryRun> {
  const { source, place, late, failed, limit = 20, signal, closing } = desk;
  const ended = new AbortController();
  const any = AbortSignal.any([closing, ended.signal, ...(signal ? [signal] : [])]);
  const counts = { looked: 0, wanted: 0, late: 0, unwanted: 0 };
  const rows: DryRunRow[] = [];

  function look({ id, item }: SyncRow<T>, isLate: boolean): void {
    const judged = judge(source, item);
    const verdict = typeof judged === 'object' ? 'unwanted' : judged;
    counts.looked += 1;
    counts[verdict] += 1;
    if (verdict === 'wanted' && rows.length < limit) rows.push({ id, ...labelOf(source, item), isLate });
  }

  async function lookAgain(ids: readonly number[], isLate: boolean): Promise<void> {
    for await (const group of groupsById(source, ids, any)) {
      for (const row of group.values()) if (row) look(row, isLate);
    }
  }

  // A run may go on meanwhile: what it has done is not counted, what it has in hand is.
  const after = place.reached();
  const isPassed = (id: number): boolean => id <= after;
  try {
    await lookAgain(late.ids('due').filter(isPassed), true);
    await lookAgain(place.open(), false);
    for await (const page of pagesInOrder(source, after, any)) {
      for (const row of page) if (!late.has(row.id) && !failed.has(row.id)) look(row, false);
    }
  } finally {
    ended.abort();
  }
  return { rows, ...counts };
}

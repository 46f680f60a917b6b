import type { BatchOutcome } from '../rest/portal';
import { rowIdOf, type CallRow } from './call';
import { pageSize, rowsOf } from './statistics';

/** What can be relied on of some pages that were asked for in a row. */
export interface ReliedOn {
  readonly pages: CallRow[][];
  /** The greatest id of them, or the one before them. */
  readonly last: number;
  /** `open`: there may be more. The two others say what is the matter with the first page that is left out. */
  readonly state: 'complete' | 'open' | 'failed' | 'disordered';
  readonly error?: Error | undefined;
}

/** Takes pages as long as each goes on behind the one before. A page that is not full is the last one. */
export function reliedOn(outcomes: Iterable<BatchOutcome>, after: number): ReliedOn {
  const pages: CallRow[][] = [];
  let last = after;
  for (const outcome of outcomes) {
    if ('error' in outcome) return { pages, last, state: 'failed', error: outcome.error };
    const rows = rowsOf(outcome.answer.result);
    const lastOfPage = orderedUpTo(rows, last);
    if (lastOfPage === undefined) return { pages, last, state: 'disordered' };
    if (rows.length > 0) pages.push(rows);
    last = lastOfPage;
    if (rows.length < pageSize) return { pages, last, state: 'complete' };
  }
  return { pages, last, state: 'open' };
}

/** The last id when all ids grow from `after` on. */
export function orderedUpTo(rows: readonly CallRow[], after: number): number | undefined {
  let last = after;
  for (const row of rows) {
    const id = rowIdOf(row);
    if (id === undefined || id <= last) return undefined;
    last = id;
  }
  return last;
}

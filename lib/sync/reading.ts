import { RefusedError } from '../core/errors';
import { unlessAborted } from '../core/unless-aborted';
import { idsAtOnce, type SyncRow, type SyncSource } from './source';

/**
 * The pages after a row, and the last line of defence: a portal that drops a filter or an order answers with rows
 * that look right one by one. One page is read ahead, never more. A row that comes again is left out.
 */
export async function* pagesInOrder<T>(
  source: SyncSource<T>,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<readonly SyncRow<T>[], void> {
  const pages = source.pagesAfter(after, signal)[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<readonly SyncRow<T>[]>> => {
    const asked = pages.next();
    // Nobody may be waiting when it fails.
    asked.catch(() => undefined);
    return asked;
  };
  const inOrder = createOrderCheck(after);
  try {
    for (let next = ask(); ;) {
      const step = await unlessAborted(next, signal);
      if (step.done) return;
      const rows = step.value.filter(({ id }) => inOrder(id));
      next = ask();
      if (rows.length > 0) yield rows;
    }
  } finally {
    // A source that is still waiting for the portal would hold us up.
    pages.return?.().then(
      () => undefined,
      () => undefined,
    );
  }
}

/** Ids that may come again: pages overlap when rows were added while they were read. */
const REMEMBERED = 5000;

function createOrderCheck(after: number): (id: number) => boolean {
  const seen = new Set<number>();
  let last = after;
  return (id) => {
    if (!isId(id)) throw oddList('an id that is no number');
    if (seen.has(id)) return false;
    if (id <= after) throw oddList(`row ${id}, but only rows after ${after} were asked for`);
    if (id < last) throw oddList(`row ${id} behind row ${last}`);
    last = id;
    seen.add(id);
    const [oldest] = seen;
    if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest);
    return true;
  };
}

/** The rows by id, in groups; undefined: the portal did not show it. */
export async function* groupsById<T>(
  source: SyncSource<T>,
  ids: readonly number[],
  signal: AbortSignal,
): AsyncGenerator<ReadonlyMap<number, SyncRow<T> | undefined>, void> {
  for (let start = 0; start < ids.length; start += idsAtOnce) {
    const group = ids.slice(start, start + idsAtOnce);
    const found = new Map<number, SyncRow<T> | undefined>(group.map((id) => [id, undefined]));
    for (const row of await unlessAborted(source.byIds(group, signal), signal)) {
      // Otherwise those we asked for would count as gone.
      if (!found.has(row.id)) throw oddList('rows that were not asked for');
      found.set(row.id, row);
    }
    yield found;
  }
}

const isId = (id: unknown): boolean => Number.isSafeInteger(id) && Number(id) > 0;

export const oddList = (found: string): RefusedError =>
  new RefusedError('SYNC_LIST', `the list holds ${found}`, { params: { found } });

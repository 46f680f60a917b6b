import { CancelledError, RefusedError, UnreachableError } from '../../core/errors';
import type { BatchCommand, BatchOutcome, CallParams, PortalRest, RestAnswer } from '../rest/portal';
import { isMethodOverdrawn, isRateLimited } from '../rest/refusal';
import { rowIdOf, type CallRow } from './call';
import { orderedUpTo, reliedOn, type ReliedOn } from './page-order';
import { pageSize, rowsOf, statistics } from './statistics';

export interface CallPagesOptions {
  readonly rest: Pick<PortalRest, 'ask' | 'batch'>;
  readonly sent: Readonly<Record<string, unknown>>;
  /** In one request. */
  readonly mostPages: number;
  readonly onNotice: (notice: 'single-pages' | 'counted-pages') => void;
}

export interface CallPages {
  /** `expected`: about how many rows there are; the portal answers commands behind the last page with the first one. */
  after(id: number, signal: AbortSignal, expected?: number): AsyncGenerator<CallRow[]>;
}

/** A short history costs one request of one page, a long one few requests of many pages. */
const pagesARequest = [1, 4, 16, 50];

/** `counted`: by offset, for a portal that does not heed `>ID`. */
type Way = 'batched' | 'single' | 'counted';

/** Remembers what the portal cannot do: from then on it is not asked for it any more. */
export function createCallPages({ rest, sent, onNotice, ...options }: CallPagesOptions): CallPages {
  let { mostPages } = options;
  const pace = createPace();
  let way: Way = mostPages === 1 ? 'single' : 'batched';
  /** The portal has once put an earlier result in the place of its name. */
  let refersBack = false;

  function ask(params: CallParams, signal: AbortSignal): Promise<RestAnswer> {
    return rest.ask(statistics, params, { idempotent: true, signal });
  }

  async function* after(id: number, signal: AbortSignal, expected = Infinity): AsyncGenerator<CallRow[]> {
    let last = id;
    let left = expected;
    for (let step = 0; way !== 'counted'; step += 1) {
      const wanted = Math.min(pagesWanted(step), pagesIn(left));
      const read = await (wanted === 1 ? readOne(last, signal) : readSeveral(last, wanted, signal));
      last = read.last;
      left -= read.pages.length * pageSize;
      yield* emptied(read.pages);
      if (read.state === 'complete') return;
      // A request for one page waits for whatever the portal has run out of, and says what is wrong.
      if (read.state !== 'open' || left < 0) step = -1;
      if (left < 0) left = Infinity;
    }
    yield* countedPages(last, signal);
  }

  function pagesWanted(step: number): number {
    return way === 'single' ? 1 : Math.min(pagesARequest[step] ?? mostPages, mostPages);
  }

  async function readOne(id: number, signal: AbortSignal): Promise<ReliedOn> {
    const read = reliedOn([{ answer: await ask(pageParams(sent, id), signal) }], id);
    if (read.state === 'open' && mostPages === 1) grow();
    if (read.state === 'disordered') {
      way = 'counted';
      onNotice('counted-pages');
    }
    return read;
  }

  async function readSeveral(id: number, wanted: number, signal: AbortSignal): Promise<ReliedOn> {
    const commands = Array.from({ length: wanted }, (_, place): BatchCommand => {
      const behind = place === 0 ? id : `$result[p${place - 1}][${pageSize - 1}][ID]`;
      return { key: `p${place}`, method: statistics, params: pageParams(sent, behind) };
    });
    const outcomes = await rest.batch(commands, { idempotent: true, signal });
    const read = reliedOn(inOrder(commands, outcomes), id);
    if (signal.aborted || read.error instanceof CancelledError) throw new CancelledError();
    if (read.pages.length > 1) refersBack = true;
    learn(read, wanted);
    return read;
  }

  function learn({ state, pages, error }: ReliedOn, wanted: number): void {
    if (state === 'open' && wanted >= mostPages) grow();
    if (state !== 'failed' && state !== 'disordered') return;
    if (error instanceof UnreachableError) {
      // Too much for its time, or too long an answer.
      mostPages = Math.max(1, pages.length || Math.floor(wanted / 2));
      pace.failed();
    } else if (state === 'disordered' || (!refersBack && !isForNow(error))) {
      way = 'single';
    }
    if (way === 'single' || mostPages === 1) onNotice('single-pages');
  }

  /** It may have been the network, once. */
  function grow(): void {
    if (mostPages < options.mostPages && pace.mayGrow())
      mostPages = Math.min(mostPages * 2, options.mostPages);
  }

  /** Ids that grow are all that is needed to be sure; rows that were read before are left out. */
  async function* countedPages(id: number, signal: AbortSignal): AsyncGenerator<CallRow[]> {
    let last = 0;
    for (let start: number | undefined = 0; start !== undefined;) {
      const { result, next } = await ask(pageParams(sent, id, start), signal);
      const rows = rowsOf(result);
      const lastOfPage = orderedUpTo(rows, last);
      if (lastOfPage === undefined) throw unsorted();
      last = lastOfPage;
      const fresh = rows.filter((row) => (rowIdOf(row) ?? 0) > id);
      if (fresh.length > 0) yield fresh;
      start = next !== undefined && next > start ? next : undefined;
    }
  }

  return { after };
}

/** A portal that cannot do more is tried more and more seldom. */
function createPace(): { failed(): void; mayGrow(): boolean } {
  let wanted = 1;
  let good = 0;
  let caution = 1;
  return {
    failed() {
      good = 0;
      wanted = caution;
      caution = Math.min(caution * 2, 64);
    },
    mayGrow() {
      good += 1;
      if (good < wanted) return false;
      good = 0;
      return true;
    },
  };
}

/** `start`: -1 counts nothing and has no offset. */
export function pageParams(
  sent: CallPagesOptions['sent'],
  after: number | string,
  start = -1,
): Record<string, unknown> {
  // A filter by nothing is not sent: an empty value could mean anything.
  const behind = after === 0 ? {} : { '>ID': after };
  return { FILTER: { ...sent, ...behind }, SORT: 'ID', ORDER: 'ASC', start };
}

/** One more than there should be: calls come in all the time, and a page that is not full tells the end. */
function pagesIn(rows: number): number {
  return Math.max(0, Math.floor(rows / pageSize)) + 1;
}

/** Gives up each page as it is handed out: the flow may need hours for the rest. */
function* emptied(pages: CallRow[][]): Generator<CallRow[]> {
  for (let page = pages.shift(); page; page = pages.shift()) yield page;
}

function* inOrder(
  commands: readonly BatchCommand[],
  outcomes: ReadonlyMap<string, BatchOutcome>,
): Generator<BatchOutcome> {
  for (const { key } of commands) yield outcomes.get(key) ?? { error: new Error('no outcome') };
}

/** Says nothing about whether the portal can do it. */
function isForNow(error: Error | undefined): boolean {
  return isRateLimited(error) || isMethodOverdrawn(error);
}

function unsorted(): RefusedError {
  const what = 'the rows do not come in the order of their ids';
  return new RefusedError('BITRIX_CALLS_UNSORTED', `${statistics}: ${what}`);
}

import { CancelledError } from '../../core/errors';
import { textAt } from '../../core/fields';
import type { BatchCommand, BatchOutcome, CallParams, PortalRest, RestAnswer } from '../rest/portal';
import { readCall, type CallRow } from './call';
import type { CallFilter } from './call-filter';
import { createCallPages, pageParams } from './call-pages';
import { pageSize, rowsOf, statistics } from './statistics';

/**
 * Habits of the portal that a person should know of, each told once: it passes over the dates of the filter; it gives
 * one page a request only; its pages have to be counted.
 */
export type CallHistoryNotice = 'dates-ignored' | 'single-pages' | 'counted-pages';

export interface CallHistoryOptions {
  readonly rest: Pick<PortalRest, 'ask' | 'batch'>;
  readonly filter: Pick<CallFilter, 'sent' | 'isFarFromDates'>;
  readonly onNotice?: ((notice: CallHistoryNotice) => void) | undefined;
  /** 1: never several pages in one request. */
  readonly mostPages?: number | undefined;
}

/** Rows are given as the portal gave them: it may have passed over any part of the filter. */
export interface CallHistory {
  /** How many calls there are behind this id, before they are judged. `undefined` when the portal does not tell. */
  count(after: number, signal: AbortSignal): Promise<number | undefined>;
  /** Everything behind this id, by growing id. Nothing is asked for before it is wanted. */
  pagesAfter(after: number, signal: AbortSignal): AsyncIterable<readonly CallRow[]>;
  /** Those that are still there, whatever the filter says; any others too that the portal gives with them. */
  byIds(ids: readonly number[], signal: AbortSignal): Promise<readonly CallRow[]>;
  byCallId(callId: string, signal: AbortSignal): Promise<readonly CallRow[]>;
}

export function createCallHistory({ rest, filter, onNotice, ...options }: CallHistoryOptions): CallHistory {
  const tell = onlyOnce(onNotice ?? (() => undefined));
  const { mostPages = 50 } = options;
  const pages = createCallPages({ rest, sent: filter.sent, mostPages, onNotice: tell });
  let counted: { readonly after: number; readonly total: number } | undefined;

  function ask(params: CallParams, signal: AbortSignal): Promise<RestAnswer> {
    return rest.ask(statistics, params, { idempotent: true, signal });
  }

  async function count(after: number, signal: AbortSignal): Promise<number | undefined> {
    try {
      const { total, result } = await ask(pageParams(filter.sent, after, 0), signal);
      if (total === undefined || total < rowsOf(result).length) return undefined;
      counted = { after, total };
      return total;
    } catch (error) {
      if (signal.aborted || error instanceof CancelledError) throw error;
      // Counting is for show and slow on a large portal; whatever is the matter, the reading will say it.
      return undefined;
    }
  }

  async function* pagesAfter(after: number, signal: AbortSignal): AsyncGenerator<readonly CallRow[]> {
    const expected = counted?.after === after ? counted.total : undefined;
    counted = undefined;
    for await (const page of pages.after(after, signal, expected)) {
      if (signal.aborted) throw new CancelledError();
      if (page.some(isFarFromDates)) tell('dates-ignored');
      yield page;
    }
  }

  function isFarFromDates(row: CallRow): boolean {
    const call = readCall(row);
    return call !== undefined && filter.isFarFromDates(call);
  }

  async function byIds(ids: readonly number[], signal: AbortSignal): Promise<readonly CallRow[]> {
    const commands = fiftiesOf([...new Set(ids)]).map((fifty, place): BatchCommand => {
      const params = { FILTER: { ID: fifty }, SORT: 'ID', ORDER: 'ASC', start: -1 };
      return { key: `ids${place}`, method: statistics, params };
    });
    const found: CallRow[] = [];
    // Others among them show that the portal has passed over the filter: none of ours can be taken for deleted then.
    for (const rows of await allOf(commands, signal)) found.push(...rows);
    return found;
  }

  async function allOf(commands: readonly BatchCommand[], signal: AbortSignal): Promise<CallRow[][]> {
    const outcomes: ReadonlyMap<string, BatchOutcome> =
      commands.length > 1 ? await rest.batch(commands, { idempotent: true, signal }) : new Map();
    const pagesOfRows: CallRow[][] = [];
    for (const { key, params } of commands) {
      const outcome = outcomes.get(key);
      // One that failed in the company of others is asked for alone, which waits for limits and says what is wrong.
      const answer = outcome && 'answer' in outcome ? outcome.answer : await ask(params, signal);
      pagesOfRows.push(rowsOf(answer.result));
    }
    return pagesOfRows;
  }

  async function byCallId(callId: string, signal: AbortSignal): Promise<readonly CallRow[]> {
    const params = { FILTER: { CALL_ID: callId }, SORT: 'ID', ORDER: 'ASC', start: -1 };
    const { result } = await ask(params, signal);
    return rowsOf(result).filter((row) => textAt(row, 'CALL_ID') === callId);
  }

  return { count, pagesAfter, byIds, byCallId };
}

function fiftiesOf(ids: readonly number[]): number[][] {
  const count = Math.ceil(ids.length / pageSize);
  return Array.from({ length: count }, (_, place) => ids.slice(place * pageSize, (place + 1) * pageSize));
}

function onlyOnce<Notice>(tell: (notice: Notice) => void): (notice: Notice) => void {
  const told = new Set<Notice>();
  return (notice) => {
    if (told.has(notice)) return;
    told.add(notice);
    tell(notice);
  };
}

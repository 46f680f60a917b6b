import { at, idAt, textAt } from '../../../lib/core/fields';
import { RefusedError, UnreachableError } from '../../../lib/core/errors';
import type { BatchOutcome, CallParams, PortalRest, RestAnswer } from '../../../lib/bitrix24/rest/portal';
import type { CallRow } from '../../../lib/bitrix24/calls/call';

/** What a portal may do otherwise than documented. */
export interface Habits {
  /** `$result[...]` stays as it is, which is no number. */
  refersBack?: boolean;
  /** With `start: -1` only, or always. */
  passesOverId?: 'fast' | 'always';
  isUnsorted?: boolean;
  pageSize?: number;
  /** More commands in one request fail as a whole. */
  longestBatch?: number;
  /** Tells nothing beside the rows. */
  countsNothing?: boolean;
}

export interface CallsPortal extends Pick<PortalRest, 'ask' | 'batch' | 'call'> {
  rows: CallRow[];
  /** One entry a request: what each of its commands wanted. */
  readonly requests: CallParams[][];
  /** The answers to the next commands, by their number from now on (0 is the next). */
  failCommand(number: number, error: Error): void;
}

export function rowsFrom(first: number, count: number, more: CallRow = {}): CallRow[] {
  return Array.from({ length: count }, (_, place) => ({
    ID: String(first + place),
    CALL_ID: `call-${first + place}`,
    CALL_START_DATE: '2026-03-10T11:19:38+03:00',
    CALL_DURATION: '60',
    CALL_FAILED_CODE: '200',
    CALL_TYPE: '2',
    ...more,
  }));
}

export const refusedWith = (serviceCode: string): RefusedError =>
  new RefusedError('BITRIX_REFUSED', serviceCode, { serviceCode });
export const cutOff = (): UnreachableError =>
  new UnreachableError('BITRIX_UNREACHABLE', 'the answer does not speak of it', { sent: true });

/** The rows stand by their ids, and there may be many. */
function firstBehind(rows: readonly CallRow[], id: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((idAt(rows[middle], 'ID') ?? 0) <= id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The statistics of a portal, without the way there. */
export function callsPortal(rows: CallRow[], habits: Habits = {}): CallsPortal {
  const requests: CallParams[][] = [];
  const failures = new Map<number, Error>();
  let commands = 0;

  function answer(params: CallParams): RestAnswer {
    const failure = failures.get(commands);
    commands += 1;
    if (failure) throw failure;
    const start = Number(at(params, 'start'));
    const after = idAt(params, 'FILTER', '>ID') ?? 0;
    const wanted = at(params, 'FILTER', 'ID');
    const { passesOverId, pageSize = 50 } = habits;
    const heedsId = passesOverId === undefined || (passesOverId === 'fast' && start >= 0);
    let found = heedsId ? portal.rows.slice(firstBehind(portal.rows, after)) : [...portal.rows];
    if (Array.isArray(wanted))
      found = found.filter((row) => wanted.map(String).includes(textAt(row, 'ID') ?? ''));
    if (habits.isUnsorted === true) found.reverse();
    const from = Math.max(0, start);
    const page = { result: found.slice(from, from + pageSize), time: {} };
    if (start < 0 || habits.countsNothing === true) return { ...page, total: undefined, next: undefined };
    const next = from + pageSize < found.length ? from + pageSize : undefined;
    return { ...page, total: found.length, next };
  }

  function filled(params: CallParams, results: ReadonlyMap<string, unknown>): CallParams {
    const [, key = '', place = ''] =
      /^\$result\[(\w+)\]\[(\d+)\]\[ID\]$/.exec(textAt(params, 'FILTER', '>ID') ?? '') ?? [];
    if (key === '' || habits.refersBack === false) return params;
    const id = at(results.get(key), place, 'ID');
    return { ...params, FILTER: { ...Object(params['FILTER']), '>ID': id ?? '' } };
  }

  const portal: CallsPortal = {
    rows,
    requests,
    failCommand: (number, error) => void failures.set(commands + number, error),
    async ask(_method, params) {
      requests.push([params]);
      return answer(params);
    },
    call: async (method, params, options) => (await portal.ask(method, params, options)).result,
    async batch(list) {
      requests.push(list.map(({ params }) => params));
      const outcomes = new Map<string, BatchOutcome>();
      const results = new Map<string, unknown>();
      const isTooMuch = list.length > (habits.longestBatch ?? 50);
      for (const { key, params } of list) {
        try {
          if (isTooMuch) throw cutOff();
          const answered = answer(filled(params, results));
          results.set(key, answered.result);
          outcomes.set(key, { answer: answered });
        } catch (error) {
          outcomes.set(key, { error: error instanceof Error ? error : new Error('odd') });
        }
      }
      return outcomes;
    },
  };
  return portal;
}

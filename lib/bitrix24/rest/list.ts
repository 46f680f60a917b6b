import { at, textAt } from '../../core/fields';
import { InvalidError } from '../../core/errors';
import type { Ask } from './batch';
import type { CallParams, ListOptions, ListPage, RestAnswer } from './portal';

const pageSize = 50;
/** Their parameters are written large; small ones are passed over without a word, and every page is the first one. */
const upperCaseMethods = new Set(['voximplant.statistic.get']);

export function createList(ask: Ask) {
  return (method: string, params: CallParams, options: ListOptions = {}): AsyncIterable<ListPage> =>
    (options.fast ?? true)
      ? pagesById(ask, method, params, options)
      : pagesByStart(ask, method, params, options);
}

/** Each page starts behind the greatest id of the one before; nothing is counted. */
async function* pagesById(
  ask: Ask,
  method: string,
  params: CallParams,
  { idField = 'ID', keys, signal }: ListOptions,
): AsyncGenerator<ListPage> {
  const paging = pagingOf(method, params, keys, idField);
  for (let last = paging.startId; ;) {
    const answer = await ask(method, paging.paramsAfter(last), { idempotent: true, signal });
    const rows = rowsOf(answer.result);
    const fresh = rows.filter((row) => isGreater(idOf(row, idField), last));
    if (rows.length > 0 && fresh.length === 0) throw cannotPage(method, idField);
    if (fresh.length > 0) yield { rows: fresh, total: undefined, time: answer.time };
    if (rows.length < pageSize) return;
    last = greatest(fresh.map((row) => idOf(row, idField)));
  }
}

interface IdPaging {
  startId: bigint | undefined;
  paramsAfter(id: bigint | undefined): CallParams;
}

function pagingOf(method: string, params: CallParams, keys: ListOptions['keys'], idField: string): IdPaging {
  const isUpper = (keys ?? guessedKeys(method, params)) === 'upper';
  const [filterKey, orderKey] = isUpper ? ['FILTER', 'ORDER'] : ['filter', 'order'];
  const after = `>${idField}`;
  // Methods of one kind name the field and the direction apart, those of the other join them in a map.
  const isApart = upperCaseMethods.has(method) || 'SORT' in params || 'sort' in params;
  const order = isApart
    ? { [isUpper ? 'SORT' : 'sort']: idField, [orderKey]: 'ASC' }
    : { [orderKey]: { [idField]: 'ASC' } };
  const given = at(params, filterKey);
  const filter = typeof given === 'object' && given !== null ? given : {};
  return {
    startId: toId(at(filter, after)),
    paramsAfter: (id) => ({
      ...params,
      [filterKey]: id === undefined ? filter : { ...filter, [after]: String(id) },
      ...order,
      start: -1,
    }),
  };
}

function guessedKeys(method: string, params: CallParams): 'upper' | 'lower' {
  const isWrittenLarge = ['FILTER', 'ORDER', 'SORT'].some((key) => key in params);
  return isWrittenLarge || upperCaseMethods.has(method) ? 'upper' : 'lower';
}

async function* pagesByStart(
  ask: Ask,
  method: string,
  params: CallParams,
  { signal }: ListOptions,
): AsyncGenerator<ListPage> {
  let answer: RestAnswer;
  for (let start: number | undefined = Number(textAt(params, 'start') ?? 0); start !== undefined;) {
    answer = await ask(method, { ...params, start }, { idempotent: true, signal });
    yield { rows: rowsOf(answer.result), total: answer.total, time: answer.time };
    // A `next` that does not lead on would lead round for ever.
    start = answer.next !== undefined && answer.next > start ? answer.next : undefined;
  }
}

/** Newer methods wrap the list: `{items: [...]}`. */
function rowsOf(result: unknown): unknown[] {
  if (Array.isArray(result)) return result;
  if (typeof result !== 'object' || result === null) return [];
  return Object.values(result).find(Array.isArray) ?? [];
}

/** Ids can be longer than a number of JavaScript is exact. */
function idOf(row: unknown, idField: string): bigint | undefined {
  return toId(at(row, idField));
}

function toId(value: unknown): bigint | undefined {
  const text = textAt({ value }, 'value');
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;
}

function isGreater(id: bigint | undefined, last: bigint | undefined): boolean {
  return id !== undefined && (last === undefined || id > last);
}

function greatest(ids: readonly (bigint | undefined)[]): bigint | undefined {
  return ids.reduce((most, id) => (isGreater(id, most) ? id : most), undefined);
}

/** The portal passes the filter over, or the rows have another id: going on would bring the same page for ever. */
function cannotPage(method: string, idField: string): InvalidError {
  return new InvalidError('INPUT_INVALID', `${method} cannot be read page by page by ${idField}`, {
    params: { what: `${method}, ${idField}` },
  });
}

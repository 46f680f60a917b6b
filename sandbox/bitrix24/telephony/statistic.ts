import type { MethodAnswer, MethodCall } from '../call';
import { readFilter, type Fields } from '../filtering';
import { pageSize } from '../paging';
import { denied } from '../refusal';
import { textOf, type Params } from '../../shared/params';
import type { CallBook } from './call-book';
import type { CallCard } from './call-card';
import { callFields, callRow } from './call-row';
import { createCallFinder, type CallQuery } from './find-calls';

/** Whose calls a caller may see; none: of nobody. */
export type SeenOperators = 'all' | ReadonlySet<number> | undefined;

export interface StatisticParts {
  book: CallBook;
  now: () => number;
  seenBy: (userId: number) => SeenOperators;
}

/** `voximplant.statistic.get`, with everything that it does without saying so. */
export function createStatistic({ book, now, seenBy }: StatisticParts): (call: MethodCall) => MethodAnswer {
  const fields = callFields(now);
  const finder = createCallFinder(book, fields);
  const rowsOf = (ids: readonly number[]): unknown[] =>
    ids.flatMap((id) => {
      const card = book.get(id);
      return card ? [callRow(card, fields, now())] : [];
    });

  return ({ params, caller }) => {
    const seen = seenBy(caller.userId);
    if (seen === undefined) throw denied('ACCESS_DENIED', 'Access denied!');
    const query = readQuery(params, fields, seen);
    const start = Number(textOf(params['start']) ?? 0) || 0;
    if (start < 0) return { result: rowsOf(finder.first(query, pageSize)), total: 0 };
    const found = finder.all(query);
    const next = start + pageSize;
    const page = { result: rowsOf(found.slice(start, next)), total: found.length };
    return next < found.length ? { ...page, next } : page;
  };
}

/** Only these spellings are read: an order in any other form is no order, and a filter in small letters no filter. */
function readQuery(params: Params, fields: Fields<CallCard>, seen: 'all' | ReadonlySet<number>): CallQuery {
  const { FILTER: filter, SORT: field, ORDER: order } = params;
  const conditions = readFilter(filter, fields);
  const isSortable = typeof field === 'string' && Object.hasOwn(fields, field) && field !== 'CALL_TYPE';
  const sort =
    isSortable && (order === 'ASC' || order === 'DESC') ? { field, descending: order === 'DESC' } : undefined;
  const whose = seen === 'all' ? [] : [...seen];
  const dependsOnTime = [field, ...conditions.map((one) => one.field)].includes('RECORD_DURATION');
  return {
    conditions: seen === 'all' ? conditions : [...conditions, operatorIn(seen)],
    sort,
    key: dependsOnTime ? undefined : JSON.stringify([filter, sort, whose]),
  };
}

function operatorIn(seen: ReadonlySet<number>): CallQuery['conditions'][number] {
  return {
    field: 'PORTAL_USER_ID',
    operator: '@',
    wanted: [...seen],
    holds: ({ operatorId }) => operatorId !== null && seen.has(operatorId),
  };
}

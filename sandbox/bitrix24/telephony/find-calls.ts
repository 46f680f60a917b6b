import { roll } from '../../shared/dice';
import type { Condition, Fields, FieldValue } from '../filtering';
import type { CallBook } from './call-book';
import type { CallCard } from './call-card';

export interface CallQuery {
  conditions: readonly Condition<CallCard>[];
  /** None: in no order that a caller could rely on. */
  sort: { field: string; descending: boolean } | undefined;
  /** Tells questions apart that were asked before. None: what is found depends on the time. */
  key: string | undefined;
}

export interface CallFinder {
  /** Every row that fits, in order. Kept for the next page of the same question. */
  all: (query: CallQuery) => readonly number[];
  /** The first rows that fit, without looking at the rest when the order is that of the ids. */
  first: (query: CallQuery, count: number) => readonly number[];
}

const keptAnswers = 12;

export function createCallFinder(book: CallBook, fields: Fields<CallCard>): CallFinder {
  const answers = new Map<string, readonly number[]>();
  let answersOf = -1;

  function* fitting(query: CallQuery): Generator<number> {
    for (const id of candidates(book, query)) {
      const card = book.get(id);
      if (card && query.conditions.every((condition) => condition.holds(card))) yield id;
    }
  }

  function ordered(query: CallQuery): readonly number[] {
    const found = [...fitting(query)];
    const { sort } = query;
    if (sort === undefined) return sortedBy(found, (id) => roll(7, id), 1);
    if (sort.field === 'ID') return found;
    const read = fields[sort.field]?.read ?? ((): FieldValue => null);
    return sortedBy(found, (id) => valueOf(book, id, read), sort.descending ? -1 : 1);
  }

  function all(query: CallQuery): readonly number[] {
    if (query.key === undefined) return ordered(query);
    if (answersOf !== book.version()) answers.clear();
    answersOf = book.version();
    const known = answers.get(query.key) ?? ordered(query);
    answers.delete(query.key);
    answers.set(query.key, known);
    for (const oldest of answers.keys()) if (answers.size > keptAnswers) answers.delete(oldest);
    return known;
  }

  return {
    all,
    first(query, count) {
      if (query.sort?.field !== 'ID') return all(query).slice(0, count);
      const found: number[] = [];
      for (const id of fitting(query)) if (found.push(id) >= count) break;
      return found;
    },
  };
}

function valueOf(book: CallBook, id: number, read: (card: CallCard) => FieldValue): FieldValue {
  const card = book.get(id);
  return card ? read(card) : null;
}

/** Equal values stand in no order of their own. */
function sortedBy(
  ids: readonly number[],
  valueOfRow: (id: number) => FieldValue,
  direction: 1 | -1,
): number[] {
  const keyed = ids.map((id) => ({ id, value: valueOfRow(id), tie: roll(7, id) }));
  keyed.sort((one, other) => compare(one.value, other.value) * direction || one.tie - other.tie);
  return keyed.map(({ id }) => id);
}

function compare(one: FieldValue, other: FieldValue): number {
  if (one === other) return 0;
  if (one === null || other === null) return one === null ? -1 : 1;
  return one < other ? -1 : 1;
}

/** The rows that are worth looking at: by the ids that were asked for, or from the first possible id on. */
function* candidates(book: CallBook, { conditions, sort }: CallQuery): Generator<number> {
  const named = namedRows(book, conditions);
  const backwards = sort?.field === 'ID' && sort.descending;
  if (named) {
    yield* backwards ? named.reverse() : named;
    return;
  }
  const from = firstAtLeast(book.ids, limit(conditions, ['>', '>='], -Infinity));
  const to = firstAtLeast(book.ids, limit(conditions, ['<', '<='], Infinity) + 1);
  for (let step = 0; step < to - from; step += 1)
    yield book.ids[backwards ? to - 1 - step : from + step] ?? 0;
}

function namedRows(book: CallBook, conditions: readonly Condition<CallCard>[]): number[] | undefined {
  const equal = conditions.find(
    ({ field, operator }) => (field === 'ID' || field === 'CALL_ID') && (operator === '' || operator === '='),
  );
  if (!equal) return undefined;
  const rows =
    equal.field === 'ID'
      ? equal.wanted.map((id) => book.get(Number(id))?.id)
      : equal.wanted.map((callId) => book.byCallId(String(callId ?? ''))?.id);
  return [...new Set(rows.filter((id) => id !== undefined))].sort((one, other) => one - other);
}

function limit(
  conditions: readonly Condition<CallCard>[],
  operators: readonly string[],
  fallback: number,
): number {
  const limits = conditions.find(({ field, operator }) => field === 'ID' && operators.includes(operator));
  const [only, ...more] = limits?.wanted ?? [];
  return typeof only === 'number' && more.length === 0 ? only : fallback;
}

function firstAtLeast(ids: readonly number[], wanted: number): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

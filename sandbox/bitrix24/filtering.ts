import { isMap, textOf } from '../shared/params';
import { readStamp } from './stamp-reading';

/**
 * Filters of the older list methods: `{">=CALL_START_DATE": "..."}`. What the portal does not understand, a field,
 * an operator or a value, it drops without a word, so that the answer gets wider and not empty.
 */
export type FieldValue = string | number | null;

export interface Field<Row> {
  /** A date is read as ms. */
  kind: 'number' | 'text' | 'date';
  read: (row: Row) => FieldValue;
}

export type Fields<Row> = Readonly<Record<string, Field<Row>>>;

export interface Condition<Row> {
  field: string;
  operator: Operator;
  wanted: readonly FieldValue[];
  holds: (row: Row) => boolean;
}

export const operators = ['', '=', '!=', '!', '>=', '<=', '><', '!><', '>', '<', '!%', '%', '?'] as const;
export type Operator = (typeof operators)[number] | '@';

export function readFilter<Row>(
  filter: unknown,
  fields: Fields<Row>,
  known: readonly Operator[] = operators,
): Condition<Row>[] {
  if (!isMap(filter)) return [];
  return Object.entries(filter).flatMap(([key, given]) => {
    const [, operator = '', name = ''] = /^([^A-Za-z]*)(.*)$/s.exec(key) ?? [];
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const meant = known.find((one) => one === operator);
    if (!field || meant === undefined) return [];
    const wanted = readValues(given, field.kind);
    const test = wanted.length === 0 ? undefined : testOf(meant, wanted);
    if (!test) return [];
    return [{ field: name, operator: meant, wanted, holds: (row) => test(field.read(row)) }];
  });
}

/** An empty list is no list, and what is no number cannot be compared with one. */
function readValues(given: unknown, kind: Field<unknown>['kind']): FieldValue[] {
  const values: unknown[] = Array.isArray(given) ? given : isMap(given) ? Object.values(given) : [given];
  return values.flatMap((value) => {
    const read = readValue(value, kind);
    return read === undefined ? [] : [read];
  });
}

function readValue(value: unknown, kind: Field<unknown>['kind']): FieldValue | undefined {
  if (value === null || value === '') return null;
  const text = textOf(value)?.trim();
  if (text === undefined) return undefined;
  if (kind === 'text') return text.toLowerCase();
  if (kind === 'date') return readStamp(text);
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

type Test = (value: FieldValue) => boolean;

function testOf(operator: Operator, wanted: readonly FieldValue[]): Test | undefined {
  if (operator === '' || operator === '=' || operator === '@') return isAnyOf(wanted);
  if (operator === '!' || operator === '!=') return not(isAnyOf(wanted));
  const filled = wanted.filter((one) => one !== null);
  const [first, last] = filled;
  if (first === undefined) return undefined;
  if (operator === '><') return last === undefined ? undefined : between(first, last);
  if (operator === '!><') return last === undefined ? undefined : outside(first, last);
  if (operator === '%' || operator === '?') return contains(filled);
  if (operator === '!%') return not(contains(filled));
  return compared((value) => filled.some((one) => isOnSide(operator, value, one)));
}

function not(test: Test): Test {
  return (value) => !test(value);
}

function isAnyOf(wanted: readonly FieldValue[]): Test {
  const list = new Set(wanted);
  const emptyToo = list.has(null);
  return (value) => {
    const plain = typeof value === 'string' ? value.toLowerCase() : value;
    return list.has(plain) || (emptyToo && (plain === '' || plain === 0));
  };
}

function contains(parts: readonly (string | number)[]): Test {
  const texts = parts.map(String);
  return (value) => value !== null && texts.some((text) => String(value).toLowerCase().includes(text));
}

/** As in the database: nothing is greater or smaller than an empty value. */
function compared(test: (value: string | number) => boolean): Test {
  return (value) => value !== null && test(typeof value === 'string' ? value.toLowerCase() : value);
}

function between(from: string | number, to: string | number): Test {
  return compared((value) => value >= from && value <= to);
}

function outside(from: string | number, to: string | number): Test {
  return compared((value) => value < from || value > to);
}

function isOnSide(
  operator: '>' | '>=' | '<' | '<=',
  value: string | number,
  limit: string | number,
): boolean {
  if (operator === '>') return value > limit;
  if (operator === '>=') return value >= limit;
  return operator === '<' ? value < limit : value <= limit;
}

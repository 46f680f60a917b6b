import { InvalidError } from '../../core/errors';
import type { CallParams } from './portal';
import { checkMethodName } from './call';
import { isFileContent } from './streamed-body';

/** One command of a batch: `method?query` with PHP brackets, everything in it encoded once. */
export function batchRow(method: string, params: CallParams): string {
  checkMethodName(method);
  const query = Object.entries(params).flatMap(([name, value]) => pairsOf(name, value));
  return query.length === 0 ? method : `${method}?${query.join('&')}`;
}

/** A form knows texts only: true and false as Bitrix24 writes them, what is empty as an empty text instead of nothing. */
function pairsOf(name: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || value instanceof Date)
    return [pair(name, textOf(value))];
  if (isFileContent(value)) throw unfitForBatch();
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  if (entries.length === 0) return [pair(name, '')];
  // A list stays one when something in it was left out.
  const isList = Array.isArray(value);
  return entries.flatMap(([key, inner], place) => pairsOf(`${name}[${isList ? place : key}]`, inner));
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'Y' : 'N';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return value instanceof Date ? (value.toJSON() ?? '') : '';
}

function pair(name: string, text: string): string {
  return `${encoded(name)}=${encoded(text)}`;
}

/** With the letters that a query may not hold by the letter of the rules, although most readers take them. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function unfitForBatch(): InvalidError {
  return new InvalidError('INPUT_INVALID', 'a file cannot travel in a batch', { params: { what: 'batch' } });
}

/** Whether a row says exactly what JSON would, so that nobody can tell whether a call travelled in a batch. */
export function isSameInRow(params: unknown): boolean {
  // The portal would put another command's result in its place, and a bot's answer may hold any text.
  if (typeof params === 'string') return !params.includes('$result');
  if (params === null) return false;
  if (typeof params !== 'object') return true;
  if (params instanceof Date) return true;
  if (isFileContent(params)) return false;
  const entries = Object.entries(params).filter(([, inner]) => inner !== undefined);
  return entries.length > 0 && entries.every(([key, inner]) => isSameInRow(key) && isSameInRow(inner));
}

/** The portal refuses them in a batch. */
export function isFileMethod(method: string): boolean {
  return /upload|download/i.test(method);
}

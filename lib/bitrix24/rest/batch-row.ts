import qs from 'qs';
import { InvalidError } from '../../core/errors';
import type { CallParams } from './portal';
import { checkMethodName } from './call';
import { isFileContent } from './streamed-body';

/** One command of a batch: `method?query` with PHP brackets, everything in it encoded once. */
export function batchRow(method: string, params: CallParams): string {
  checkMethodName(method);
  const query = qs.stringify(formValue(params), { arrayFormat: 'indices' });
  return query === '' ? method : `${method}?${query}`;
}

/** A form knows texts only: true and false as Bitrix24 writes them, what is empty as an empty text instead of nothing. */
function formValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'boolean') return value ? 'Y' : 'N';
  if (value === null) return '';
  if (value instanceof Date) return value.toJSON();
  if (typeof value !== 'object') return value;
  if (isFileContent(value)) throw unfitForBatch();
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([key, inner]): [string, unknown] => [key, formValue(inner, depth + 1)]);
  if (entries.length === 0) return depth === 0 ? {} : '';
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
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

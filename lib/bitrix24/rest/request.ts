import { at, keysAt, textAt } from '../../core/fields';
import { InvalidError } from '../../core/errors';
import type { BatchCommand, CallParams } from './portal';

/** Asking changes nothing, so it may be repeated when the connection breaks. Whatever else a method does, may not. */
export function isReading(method: string): boolean {
  return /(?:^|\.)(?:get|list|fields|current|search|count|profile|scope|time|info)$/i.test(method);
}

export function readParams(value: unknown): CallParams {
  if (value === undefined || value === null || value === '') return {};
  const isMap = typeof value === 'object' && !Array.isArray(value) && !Buffer.isBuffer(value);
  if (!isMap) throw unusable('the parameters of a call must be an object');
  return Object.fromEntries(keysAt(value).map((key) => [key, at(value, key)]));
}

/** A list of `{ method, params }`, or a map whose keys name the results. */
export function readCommands(value: unknown): BatchCommand[] {
  const keys = keysAt(value);
  if (keys.length === 0) throw unusable('a batch must be a list or an object of { method, params }');
  return keys.map((key) => {
    const method = textAt(value, key, 'method');
    if (method === undefined) throw unusable(`the command ${key} of the batch has no method`);
    // Keys that look like numbers would come back in another order.
    return {
      key: Array.isArray(value) ? `c${key}` : key,
      method,
      params: readParams(at(value, key, 'params')),
    };
  });
}

function unusable(message: string): InvalidError {
  return new InvalidError('INPUT_INVALID', message, { params: { what: 'msg.payload' } });
}

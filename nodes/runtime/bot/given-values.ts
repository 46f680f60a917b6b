import { InvalidError } from '../../../lib/core/errors';
import { at, keysAt } from '../../../lib/core/fields';

/** `msg.inputs`, or whatever else was chosen. */
export function readVariables(value: unknown): Record<string, unknown> {
  if (value === undefined || value === null || value === '') return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw unusable('variables', 'an object');
  return Object.fromEntries(keysAt(value).map((name) => [name, at(value, name)]));
}

export function readQuery(value: unknown): string {
  const isNothing = value === undefined || value === null;
  if (!isNothing && !['string', 'number', 'boolean'].includes(typeof value))
    throw unusable('query', 'a text');
  return plainText(value);
}

/** Empty for what is no text. */
export function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function unusable(what: string, expected: string): InvalidError {
  return new InvalidError('INPUT_INVALID', `${what} must be ${expected}`, { params: { what } });
}

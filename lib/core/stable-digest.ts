import { createHash } from 'node:crypto';

/**
 * One text for what says the same: the order of keys, values that are absent, and a number written as a text make no
 * difference.
 */
export function stableDigest(...values: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify(values.map(plain)))
    .digest('hex');
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return ['bytes', createHash('sha256').update(value).digest('hex')];
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) return plainEntries(value);
  return isPresent(value) ? String(value) : '';
}

function plainEntries(value: object): [string, unknown][] {
  return Object.entries(value)
    .filter(([, inside]) => isPresent(inside))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, inside]) => [key, plain(inside)]);
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null;

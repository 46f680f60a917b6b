/**
 * Reads values out of data from outside. A form body has text where JSON has numbers and true or false, and
 * leaves empty things out; these readers give the same answer for both. Only own properties count.
 */
export function at(source: unknown, ...path: readonly string[]): unknown {
  let value: unknown = source;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

export function textAt(source: unknown, ...path: readonly string[]): string | undefined {
  const value = at(source, ...path);
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** Whole numbers from 0 up: the ids of Bitrix24. */
export function idAt(source: unknown, ...path: readonly string[]): number | undefined {
  const text = textAt(source, ...path);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export function flagAt(source: unknown, ...path: readonly string[]): boolean {
  const value = at(source, ...path);
  return value === true || value === 1 || value === '1' || value === 'Y' || value === 'true';
}

/** The keys of a map; none when there is no map. */
export function keysAt(source: unknown, ...path: readonly string[]): string[] {
  const value = at(source, ...path);
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

/** The entries of a list or of a map whose keys do not matter; PHP sends the one for the other. */
export function entriesAt(source: unknown, ...path: readonly string[]): unknown[] {
  const value = at(source, ...path);
  if (typeof value !== 'object' || value === null)
    return value === undefined || value === null ? [] : [value];
  return Object.values(value);
}

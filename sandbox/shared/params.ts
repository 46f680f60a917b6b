/** Reading call parameters, which arrive as JSON values or as the strings of a form. */
export type Params = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function mapOf(value: unknown): Params | undefined {
  return isMap(value) ? value : undefined;
}

export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return undefined;
}

/** A whole number above zero, or 0: `"chat112"` gives 0, as PHP's cast does. */
export function idOf(value: unknown): number {
  const text = textOf(value);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

export function flagOf(value: unknown, fallback: boolean): boolean {
  if (value === true || value === 1 || value === 'Y' || value === '1' || value === 'true') return true;
  if (value === false || value === 0 || value === 'N' || value === '0' || value === 'false') return false;
  return fallback;
}

export function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isMap(value) ? Object.values(value) : [];
}

/** The first generation reads its parameters without regard to case, at the top level only. */
export function upperKeys(params: Params): Params {
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key.toUpperCase(), value]));
}

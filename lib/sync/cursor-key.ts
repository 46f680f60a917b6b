/** Which cursor it is. Two nodes with the same three parts would fight for one place. */
export interface CursorName {
  /** What is read, for example `calls`. */
  readonly kind: string;
  /** Whose: the portal's `member_id`. */
  readonly place: string;
  /** As the integrator has called it. */
  readonly cursor: string;
}

const PREFIX = 'sync';

export function keyOf({ kind, place, cursor }: CursorName): string {
  return [PREFIX, kind, place, cursor].map(asPart).join(':');
}

export const latePrefix = (key: string): string => `${key}:late:`;
export const failedPrefix = (key: string): string => `${key}:failed:`;

/** Undefined for a key that this version would not write. */
export function idInKey(key: string, prefix: string): number | undefined {
  const text = key.slice(prefix.length);
  return key.startsWith(prefix) && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined;
}

/** A cursor called `a:late:5` must not look like a late row of cursor `a`. */
const asPart = (text: string): string => text.replaceAll('%', '%25').replaceAll(':', '%3A');

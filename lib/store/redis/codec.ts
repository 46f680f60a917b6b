import type { KeyRing } from '../key-ring';
import { unusable } from '../ledger';

/**
 * How a value looks in Redis. A text is itself, so that a session is what BitBot and `redis-cli` expect; what is no text,
 * is sealed or would be taken for that, begins with a mark:
 *
 * - `~j` and JSON: all that is no text, and the rare text that begins with `~` or cannot be written in UTF-8
 * - `~s` and base64: the JSON, sealed
 *
 * Anything else, whoever has written it, is a text: `12345` and `{"a":1}` are.
 */
export function encodeValue(value: unknown, sealing: { ring: KeyRing; place: string } | undefined): string {
  const json = jsonText(value);
  if (sealing) return `~s${sealing.ring.seal(json, sealing.place).toString('base64')}`;
  return typeof value === 'string' && isPlain(value) ? value : `~j${json}`;
}

/** A value in a box; no box when its key is gone. */
export function decodeValue(raw: string, ring: KeyRing, place: string): { value: unknown } | undefined {
  if (raw.startsWith('~j')) return parsed(raw.slice(2)) ?? { value: raw };
  const sealed = sealedBytes(raw);
  if (!sealed) return { value: raw };
  const text = ring.open(sealed, place);
  return text === undefined ? undefined : parsed(text);
}

/** Of what begins like a sealed value, also when only its beginning is given. */
export function sealedBytes(raw: string): Buffer | undefined {
  return /^~s[A-Za-z0-9+/]{12}/.test(raw) ? Buffer.from(raw.slice(2), 'base64') : undefined;
}

/** So much of a sealed value tells its key. */
export const sealedHeadLength = 14;

export function jsonText(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw unusable('value');
  return text;
}

/** Half a character (a lone surrogate) would come back as another one. */
const isPlain = (text: string): boolean => !text.startsWith('~') && !/\p{Surrogate}/u.test(text);

function parsed(json: string): { value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return { value };
  } catch {
    return undefined;
  }
}

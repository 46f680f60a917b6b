import { InvalidError } from '../core/errors';
import { parseJson } from '../core/json';
import { cutToBytes } from './cut-to-bytes';
import { momentOf, utcText } from './moment';

export type ConnectionKind = 'audio' | 'chat';

/** What was done to a value so that the service takes it. Never the value itself. */
export interface FieldNote {
  readonly key: string;
  readonly what: 'cut' | 'left-out';
  readonly bytes: number;
}

export interface TalkFields {
  readonly fields: Readonly<Record<string, string>>;
  readonly notes: readonly FieldNote[];
}

const people = ['operator_name', 'operator_id', 'client_name', 'client_id'];
const always = ['date', 'direction_outgoing', 'language'];

/** `badge`: of an audio connection that splits what it is given. */
export type FieldsKind = ConnectionKind | 'badge';

export const requiredFields: Readonly<Record<FieldsKind, readonly string[]>> = {
  audio: [...people, ...always],
  chat: [...people, 'bot_name', 'bot_id', ...always],
  badge: ['operator_name', 'operator_id', 'date', 'language'],
};

export const longestValueBytes = 1024;
export const mostFields = 200;

export interface FieldRules {
  readonly kind: FieldsKind;
  /** Taken when the metadata names none. */
  readonly language?: string | undefined;
}

/** The keys and texts that go over the wire, or the first thing that is in the way. */
export function fitFields(given: Readonly<Record<string, unknown>>, rules: FieldRules): TalkFields {
  const notes: FieldNote[] = [];
  const fields: Record<string, string> = {};
  const withLanguage = isAbsent(given['language']) ? { ...given, language: rules.language } : given;
  for (const [place, [key, value]] of Object.entries(withLanguage).entries()) {
    checkKey(key, place);
    // A map has no null, and the loader would write the word "null".
    const text = isAbsent(value) ? undefined : fitLength(key, textOf(key, value), notes);
    if (text !== undefined && text !== '') fields[key] = text;
  }
  refuseMissing(fields, rules.kind);
  const count = Object.keys(fields).length;
  if (count > mostFields) throw fieldRefusal('metadata', `at most ${mostFields} keys`);
  return { fields, notes };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

function checkKey(key: string, place: number): void {
  if (/^[\p{L}\p{N}_.-]{1,128}$/u.test(key)) return;
  // It may be anything, also a text that belongs elsewhere.
  const isHarmless = /^[\p{L}\p{N} ]{1,40}$/u.test(key);
  throw fieldRefusal(
    isHarmless ? `"${key}"` : `#${place + 1}`,
    'a key of letters, digits, dots, hyphens and underscores',
  );
}

function refuseMissing(fields: Readonly<Record<string, string>>, kind: FieldsKind): void {
  const missing = requiredFields[kind].filter((key) => fields[key] === undefined);
  if (missing.length === 0) return;
  const named = missing.join(', ');
  throw new InvalidError('SPEECHSENSE_FIELD_MISSING', `the metadata has no ${named}`, {
    params: { fields: named },
  });
}

function textOf(key: string, value: unknown): string {
  if (key === 'date' || key === 'call_start_date') return momentText(key, value);
  if (key === 'direction_outgoing') return directionText(value);
  if (key === 'language') return languageText(value);
  return plainText(key, value);
}

function momentText(key: string, value: unknown): string {
  const ms = momentOf(value);
  if (ms === undefined) throw fieldRefusal(key, 'a time such as 2026-03-10T10:19:38.000Z');
  return utcText(ms);
}

function directionText(value: unknown): string {
  const word = typeof value === 'boolean' || typeof value === 'string' ? String(value) : '';
  const clean = word.trim().toLowerCase();
  if (clean === 'true' || clean === 'false') return clean;
  // 0 and 1 are used the other way round by some of the service's own tools, so they are not guessed.
  throw fieldRefusal('direction_outgoing', 'true (outgoing) or false (incoming)');
}

function languageText(value: unknown): string {
  const given = Array.isArray(value) ? value.map(String) : String(value).split(',');
  const codes = given.map((code) => code.trim()).filter((code) => code !== '');
  if (codes.length === 0 || !codes.every((code) => /^[a-z]{2,3}-[a-z]{2}$/i.test(code))) {
    throw fieldRefusal('language', 'one code or more, such as ru-RU or ru-RU, kk-KZ');
  }
  const written = codes.map((code) => {
    const [language = '', country = ''] = code.split('-');
    return `${language.toLowerCase()}-${country.toUpperCase()}`;
  });
  return [...new Set(written)].join(', ');
}

function plainText(key: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (value instanceof Date && momentOf(value) !== undefined) return value.toISOString();
  if (typeof value === 'object' && !(value instanceof Date)) {
    const json = jsonText(value);
    if (json !== undefined) return json;
  }
  throw fieldRefusal(key, 'a text, a number, true or false');
}

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** The limit is in bytes: half as many Cyrillic letters fit. */
function fitLength(key: string, text: string, notes: FieldNote[]): string | undefined {
  const whole = text.toWellFormed();
  const bytes = Buffer.byteLength(whole);
  if (bytes <= longestValueBytes) return whole;
  // Half an address, or half a JSON text, is worse than none.
  const isUseless = /url$/i.test(key) || /^https?:\S+$/.test(whole.trim()) || isJson(whole);
  notes.push({ key, what: isUseless ? 'left-out' : 'cut', bytes });
  return isUseless ? undefined : cutToBytes(whole, longestValueBytes);
}

/** A comment may begin like one: `[b]bold[/b]`. */
function isJson(text: string): boolean {
  return /^\s*[[{]/.test(text) && parseJson(text) !== undefined;
}

function fieldRefusal(field: string, expected: string): InvalidError {
  return new InvalidError('SPEECHSENSE_FIELD', `the metadata key ${field} must be ${expected}`, {
    params: { field, expected },
  });
}

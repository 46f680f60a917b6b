import { InvalidError } from '../../lib/core/errors';
import { placeholderIn, placeholderWithin } from './placeholder';

/** Reads a node's properties: applies defaults, coerces what `${NAME}` left as text, names an unset variable. */
export interface Settings {
  text(property: string, fallback?: string): string;
  /** As it was written, blanks and all; the fallback is only for nodes older than the property. */
  verbatim(property: string, fallback: string): string;
  required(property: string): string;
  number(property: string, fallback: number, range?: { min?: number; max?: number }): number;
  flag(property: string, fallback: boolean): boolean;
  list(property: string, fallback: readonly string[]): string[];
  /** The rows of a table. */
  entries(property: string): unknown[];
  choice<T extends string>(property: string, options: readonly [T, ...T[]]): T;
  secret(name: string): string | undefined;
  requiredSecret(name: string): string;
}

const TRUE_WORDS = new Set(['true', '1', 'yes', 'y', 'on']);
const FALSE_WORDS = new Set(['false', '0', 'no', 'n', 'off', '']);

export function readSettings(properties: unknown, credentials: unknown): Settings {
  const read = (source: unknown, name: string): unknown => {
    if (typeof source !== 'object' || source === null) return undefined;
    const value: unknown = Reflect.get(source, name);
    if (typeof value === 'string') refuseUnset(value);
    return value;
  };
  const scalar = (property: string): string | undefined => {
    const value = read(properties, property);
    if (typeof value === 'string') return value.trim();
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  };
  const secret = (name: string): string | undefined => {
    const value = read(credentials, name);
    return typeof value === 'string' && value.trim() !== '' ? refuseMixed(name, value.trim()) : undefined;
  };
  const invalid = (property: string, expected: string): InvalidError =>
    new InvalidError('CONFIG_INVALID', `${property} must be ${expected}`, { params: { property, expected } });

  return {
    text: (property, fallback = '') => scalar(property) || fallback,

    verbatim(property, fallback) {
      const value = read(properties, property);
      return typeof value === 'string' ? value : fallback;
    },

    number(property, fallback, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}) {
      const written = scalar(property);
      if (written === undefined || written === '') return fallback;
      const value = Number(written);
      if (Number.isFinite(value) && value >= min && value <= max) return value;
      throw invalid(property, max === Number.MAX_SAFE_INTEGER ? `≥ ${min}` : `${min}–${max}`);
    },

    flag(property, fallback) {
      const written = scalar(property)?.toLowerCase();
      if (written === undefined) return fallback;
      if (TRUE_WORDS.has(written)) return true;
      if (FALSE_WORDS.has(written)) return false;
      throw invalid(property, 'true / false');
    },

    list(property, fallback) {
      const value = read(properties, property);
      if (Array.isArray(value)) return value.map((item) => refuseUnset(String(item).trim())).filter(Boolean);
      if (typeof value !== 'string') return [...fallback];
      return value
        .split(',')
        .map((item) => refuseUnset(item.trim()))
        .filter(Boolean);
    },

    entries(property) {
      const value = read(properties, property);
      if (Array.isArray(value)) return value.map((row: unknown) => refuseUnsetWithin(row));
      if (value === undefined || value === '') return [];
      throw invalid(property, '[ … ]');
    },

    choice(property, options) {
      const written = scalar(property);
      if (!written) return options[0];
      const chosen = options.find((option) => option === written);
      if (chosen !== undefined) return chosen;
      throw invalid(property, options.join(', '));
    },

    secret,
    required: (property) => filledIn(property, scalar(property)),
    requiredSecret: (name) => filledIn(name, secret(name)),
  };
}

function filledIn(property: string, value: string | undefined): string {
  if (value) return value;
  throw new InvalidError('CONFIG_EMPTY', `${property} is empty`, { params: { property } });
}

/** Node-RED fills variables in at any depth, so it leaves them there as well. */
function refuseUnsetWithin(row: unknown): unknown {
  if (typeof row === 'string') refuseUnset(row);
  if (typeof row === 'object' && row !== null) Object.values(row).forEach(refuseUnsetWithin);
  return row;
}

/** Node-RED leaves the placeholder in place when the variable does not exist; sent on, it would pass for a token. */
function refuseUnset(value: string): string {
  const name = placeholderIn(value);
  if (name === undefined) return value;
  throw new InvalidError('VARIABLE_UNSET', `environment variable ${name} is not set`, { params: { name } });
}

/** Sent on, the dollar sign and what follows would be part of the secret, and a service would only say that it is wrong. */
function refuseMixed(property: string, secret: string): string {
  const text = placeholderWithin(secret);
  if (text === undefined) return secret;
  throw new InvalidError('VARIABLE_WITHIN', `${property} has ${text} within other text`, {
    params: { property, text },
  });
}

import { parse } from 'qs';
import { InvalidError } from '../../core/errors';

/** Ids are keys in these bodies (`data[BOT][567]`), so a bracket always makes a map and never a list. */
const FORM_LIMITS = {
  parseArrays: false,
  plainObjects: true,
  depth: 12,
  strictDepth: true,
  parameterLimit: 3000,
  throwOnLimitExceeded: true,
  duplicates: 'combine',
} as const;

export function decodeForm(raw: string): unknown {
  let form: unknown;
  try {
    form = parse(raw, FORM_LIMITS);
  } catch {
    throw malformed('the form body is too deep or has too many fields');
  }
  if (hasList(form)) throw malformed('the form body names a field twice');
  return form;
}

export function decodeJson(raw: string): unknown {
  try {
    const value: unknown = JSON.parse(raw);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Falls through to the one answer for both.
  }
  throw malformed('the body is not a JSON object');
}

/** With `parseArrays` off, a list can only come from a repeated key. */
function hasList(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.values(value).some(hasList);
}

function malformed(message: string): InvalidError {
  return new InvalidError('INPUT_INVALID', message, { params: { what: 'event' } });
}

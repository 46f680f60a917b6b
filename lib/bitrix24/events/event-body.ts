import { decodeForm as decodeWithin, type FormMap } from './form-decoder';
import { malformed } from './malformed';

const limits = { fields: 3000, depth: 12 };

export function decodeForm(raw: string): FormMap {
  return decodeWithin(raw, limits);
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

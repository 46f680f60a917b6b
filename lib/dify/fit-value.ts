import { parseJson } from '../core/json';
import type { InputField } from './input-form';

/** The value in the form in which the control takes it; nothing when it cannot be brought into that form. */
export function fitValue(value: unknown, field: InputField): unknown {
  if (value === undefined || value === null) return undefined;
  switch (field.control) {
    case 'select':
      return optionOf(value, field.options);
    case 'number':
      return numberOf(value);
    case 'checkbox':
      return booleanOf(value);
    case 'json_object':
      return objectOf(value);
    case 'file':
      return fileOf(value);
    case 'file-list':
      return filesOf(value);
    default:
      return asText(value);
  }
}

/** An empty text is a value of a text field, also of a required one. */
function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.replaceAll('\0', '');
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  return JSON.stringify(value);
}

function optionOf(value: unknown, options: readonly string[]): string | undefined {
  const text = asText(value)?.trim();
  if (text === undefined || text === '') return undefined;
  if (options.length === 0 || options.includes(text)) return text;
  const alike = options.filter((option) => option.trim().toLowerCase() === text.toLowerCase());
  return alike.length === 1 ? alike[0] : undefined;
}

function numberOf(value: unknown): number | undefined {
  const text = typeof value === 'string' ? value.trim().replace(',', '.') : value;
  if (text === '' || (typeof text !== 'string' && typeof text !== 'number')) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

const yes = new Set(['true', '1', 'yes', 'on', 'y']);
const no = new Set(['false', '0', 'no', 'off', 'n']);

/** Bitrix24 writes Y and N. */
function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = asText(value)?.trim().toLowerCase() ?? '';
  if (yes.has(text)) return true;
  return no.has(text) ? false : undefined;
}

function objectOf(value: unknown): unknown {
  const object = typeof value === 'string' ? parseJson(value) : value;
  return typeof object === 'object' && object !== null && !Array.isArray(object) ? object : undefined;
}

function fileOf(value: unknown): unknown {
  const file: unknown = Array.isArray(value) ? value[0] : value;
  return typeof file === 'object' && file !== null && 'transfer_method' in file ? file : undefined;
}

function filesOf(value: unknown): unknown {
  const files: unknown[] = Array.isArray(value) ? value : [value];
  const usable = files.filter((file) => fileOf(file) !== undefined);
  return usable.length === 0 ? undefined : usable;
}

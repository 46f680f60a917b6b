import { isMap } from '../shared/params';
import type { DifyApp, FormField } from './app';
import { readReference, rulesOf } from './references';
import { invalidParam, type DifyRefusal } from './refusal';
import type { DifyState, Reference } from './state';

export type Inputs = Readonly<Record<string, unknown>>;

export interface ReadInputs {
  values: Inputs;
  /** Those that stand in controls for files. */
  files: Reference[];
}

const defaultTextLength = 48;

/** Undefined: any length. */
export function longestText({ type, maxLength }: FormField): number | undefined {
  const longest = maxLength ?? (type === 'text-input' ? defaultTextLength : 0);
  return longest === 0 ? undefined : longest;
}

/** Checks what the form declares; the rest is dropped without a word. */
export function readInputs(state: DifyState, app: DifyApp, user: string, given: Inputs): ReadInputs {
  const files: Reference[] = [];
  const take = (mapping: Record<string, unknown>, field: FormField): unknown => {
    const reference = readReference(state, user, mapping, rulesOf(field));
    files.push(reference);
    return { type: reference.type, name: reference.name };
  };
  const values = app.form.map((field) => {
    const raw = Object.hasOwn(given, field.variable) ? given[field.variable] : undefined;
    return [field.variable, readValue(field, raw, take)] as const;
  });
  return { values: Object.fromEntries(values), files };
}

type TakeFile = (mapping: Record<string, unknown>, field: FormField) => unknown;

function readValue(field: FormField, given: unknown, take: TakeFile): unknown {
  if (given === undefined || given === null) {
    if (field.required) throw invalidParam(`${field.variable} is required in input form`);
    if (field.default === undefined || field.default === null || field.default === '') return null;
  }
  const value = given ?? field.default;
  const isFile = field.type === 'file' || field.type === 'file-list';
  if (isFile && !field.required && value === '') return null;
  return readers[field.type](field, value, take);
}

const readers: Readonly<
  Record<FormField['type'], (field: FormField, value: unknown, take: TakeFile) => unknown>
> = {
  'text-input': readText,
  paragraph: readText,
  external_data_tool: readText,
  select: readOption,
  number: readNumber,
  checkbox: readFlag,
  json_object: readObject,
  file: (field, value, take) => {
    if (!isMap(value)) throw faulty(field, 'must be a file');
    return take(value, field);
  },
  'file-list': readFileList,
};

function faulty({ variable }: FormField, what: string): DifyRefusal {
  return invalidParam(`${variable} in input form ${what}`);
}

function readString(field: FormField, value: unknown): string {
  if (typeof value === 'string') return value.replaceAll('\0', '');
  throw invalidParam(`(type '${field.type}') ${field.variable} in input form must be a string`);
}

function readText(field: FormField, value: unknown): string {
  const text = readString(field, value);
  const longest = longestText(field);
  // The words say "less than", the check lets exactly that many pass.
  if (longest !== undefined && [...text].length > longest)
    throw faulty(field, `must be less than ${longest} characters`);
  return text;
}

function readOption(field: FormField, value: unknown): string {
  const text = readString(field, value);
  const options = field.options ?? [];
  if (options.includes(text)) return text;
  const shown = options.map((option) => `'${option}'`).join(', ');
  throw faulty(field, `must be one of the following: [${shown}]`);
}

function readNumber(field: FormField, value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') throw faulty(field, 'must be a valid number');
  if (value.trim() === '') return null;
  if (!/^\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*$/.test(value)) throw faulty(field, 'must be a valid number');
  return Number(value);
}

function readFlag(field: FormField, value: unknown): boolean {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (word === true || word === 1 || ['true', '1', 'yes', 'on'].some((yes) => yes === word)) return true;
  if (word === false || word === 0 || ['false', '0', 'no', 'off'].some((no) => no === word)) return false;
  throw faulty(field, 'must be a boolean');
}

function readObject(field: FormField, value: unknown): unknown {
  if (isMap(value)) return value;
  throw faulty(field, 'must be a dict');
}

function readFileList(field: FormField, value: unknown, take: TakeFile): unknown {
  if (!Array.isArray(value) || !value.every(isMap)) throw faulty(field, 'must be a list of files');
  if (field.maxLength !== undefined && value.length > field.maxLength)
    throw faulty(field, `must be less than ${field.maxLength} files`);
  return value.map((mapping) => take(mapping, field));
}

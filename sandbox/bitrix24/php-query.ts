/** Form bodies the way PHP writes them (`http_build_query`) and reads them. */

export type PhpValue = string | number | boolean | null | undefined | readonly PhpValue[] | PhpMap;
export interface PhpMap {
  readonly [key: string]: PhpValue;
}

/** PHP leaves a null out; the second generation of bot events documents an empty string instead. */
export type NullForm = 'absent' | 'empty';

export function buildPhpQuery(fields: PhpMap, nullForm: NullForm = 'absent'): string {
  const pairs: string[] = [];
  for (const [key, value] of Object.entries(fields)) appendPairs(pairs, key, value, nullForm);
  return pairs.join('&');
}

function appendPairs(pairs: string[], name: string, value: PhpValue, nullForm: NullForm): void {
  if (value === undefined) return;
  if (value === null) {
    if (nullForm === 'empty') pairs.push(`${encode(name)}=`);
    return;
  }
  if (typeof value === 'object') {
    // An empty map or list writes no pair at all: that is how PHP loses it.
    for (const [key, inner] of Object.entries(value)) appendPairs(pairs, `${name}[${key}]`, inner, nullForm);
    return;
  }
  pairs.push(`${encode(name)}=${encode(scalar(value))}`);
}

function scalar(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return String(value);
}

const plain = /[A-Za-z0-9._-]/;

function encode(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCharCode(byte);
    if (byte < 128 && plain.test(character)) encoded += character;
    else if (byte === 32) encoded += '+';
    else encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

type Branch = Map<string, Branch | string>;

function newBranch(): Branch {
  return new Map<string, Branch | string>();
}

/** Reads a form or a query as PHP does; a map whose keys are 0, 1, 2... becomes a list, as PHP cannot tell them apart. */
export function parsePhpQuery(text: string): Record<string, unknown> {
  const root: Branch = new Map();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    place(root, pathOf(name), equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return toRecord(root);
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

function pathOf(name: string): string[] {
  const open = name.indexOf('[');
  if (open <= 0) return [name];
  const keys = [...name.slice(open).matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '');
  return [name.slice(0, open), ...keys];
}

function place(root: Branch, path: string[], value: string): void {
  let branch = root;
  path.forEach((step, depth) => {
    const key = step === '' && depth > 0 ? String(branch.size) : step;
    if (depth === path.length - 1) {
      branch.set(key, value);
      return;
    }
    const existing = branch.get(key);
    const next = existing === undefined || typeof existing === 'string' ? newBranch() : existing;
    branch.set(key, next);
    branch = next;
  });
}

function toRecord(branch: Branch): Record<string, unknown> {
  const record = new Map<string, unknown>();
  for (const [key, value] of branch)
    record.set(key, typeof value === 'string' ? value : toListOrRecord(value));
  return Object.fromEntries(record);
}

function toListOrRecord(branch: Branch): unknown {
  const isList = [...branch.keys()].every((key, index) => key === String(index));
  const record = toRecord(branch);
  return isList ? Object.values(record) : record;
}

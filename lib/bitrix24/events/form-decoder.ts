import { malformed } from './malformed';

/** Without a prototype: any name may stand in it. */
export interface FormMap {
  [name: string]: string | FormMap;
}

export interface FormLimits {
  readonly fields: number;
  /** Brackets behind one name. */
  readonly depth: number;
}

/** Most fields have the group of the one before them, so its name is read once. */
interface Stem {
  /** As on the wire, up to and with the last bracket that opens. */
  readonly written: string;
  readonly group: FormMap;
}

/** A last bracket with nothing in it that has to be decoded. */
const ordinaryKey = /^[\w-]+%5D$/;
const closing = '%5D';
const opening = '%5B';

/**
 * A form with the bracketed names of PHP, `data[chat][id]=7`. Ids are keys in it, so a bracket always makes a map and
 * never a list. It gives what `qs` gives; a field that is named twice is refused.
 */
export function decodeForm(raw: string, limits: FormLimits): FormMap {
  const fields = raw.split('&', limits.fields + 1);
  if (fields.length > limits.fields) throw malformed('the form body has too many fields');
  const form = emptyMap();
  let stem: Stem | undefined;
  for (const field of fields) {
    const end = endOfName(field);
    const text = decoded(field.slice(end + 1));
    const key = stem && keyBehind(stem, field, end);
    if (stem && key !== undefined) put(stem.group, key, text);
    else stem = plant(form, field.slice(0, end), text, limits.depth) ?? stem;
  }
  return form;
}

/** Puts the text in its place, and gives the stem of names like this one. */
function plant(form: FormMap, written: string, text: string, depth: number): Stem | undefined {
  const path = pathOf(decoded(written), depth);
  const last = path.pop();
  if (last === undefined) return undefined;
  const group = groupAt(form, path);
  if (!group) return undefined;
  put(group, last, text);
  const stem = { written: written.slice(0, written.lastIndexOf(opening) + opening.length), group };
  return keyBehind(stem, written, written.length) === last ? stem : undefined;
}

function keyBehind({ written }: Stem, field: string, end: number): string | undefined {
  if (!field.startsWith(written)) return undefined;
  const rest = field.slice(written.length, end);
  return ordinaryKey.test(rest) ? rest.slice(0, -closing.length) : undefined;
}

/** Undefined: somewhere on the way is the name that no map may have. */
function groupAt(form: FormMap, path: readonly string[]): FormMap | undefined {
  let group = form;
  for (const key of path) {
    if (key === '__proto__') return undefined;
    const inner = group[key] ?? (group[key] = emptyMap());
    if (typeof inner === 'string') throw namedTwice();
    group = inner;
  }
  return group;
}

function put(group: FormMap, key: string, text: string): void {
  if (key === '__proto__') return;
  if (group[key] !== undefined) throw namedTwice();
  group[key] = text;
}

/** Behind a bracket, because within one an equals sign is part of the name; otherwise the first there is. */
function endOfName(field: string): number {
  const first = field.indexOf('=');
  for (let at = first; at >= 0; at = field.indexOf('=', at + 1)) if (isBehindBracket(field, at)) return at;
  return first < 0 ? field.length : first;
}

function isBehindBracket(field: string, at: number): boolean {
  const before = field.charCodeAt(at - 1);
  if (before === 0x5d) return true;
  const isD = before === 0x44 || before === 0x64;
  return isD && field.charCodeAt(at - 2) === 0x35 && field.charCodeAt(at - 3) === 0x25;
}

/** `a[b][c]` is a, b, c; what stands between two groups does not count, and a group without a name is the first. */
function pathOf(name: string, depth: number): string[] {
  if (name === '') return [];
  const first = name.indexOf('[');
  const path = first < 0 ? [name] : first === 0 ? [] : [name.slice(0, first)];
  let groups = 0;
  for (let from = first; from >= 0;) {
    groups += 1;
    if (groups > depth) throw malformed('the form body is too deep');
    const to = endOfGroup(name, from);
    if (to < 0) return [...path, name.slice(from)];
    path.push(to === from + 1 ? '0' : name.slice(from + 1, to));
    from = name.indexOf('[', to + 1);
  }
  return path;
}

/** Where the bracket is that closes the one at this place; -1: nowhere. */
function endOfGroup(name: string, from: number): number {
  let level = 0;
  for (let at = from; at < name.length; at += 1) {
    const letter = name.charCodeAt(at);
    if (letter === 0x5b) level += 1;
    else if (letter === 0x5d) level -= 1;
    if (level === 0) return at;
  }
  return -1;
}

/** What holds a broken escape stays as it was written, but for its brackets and spaces. */
function decoded(written: string): string {
  const text = written.includes('+') ? written.replaceAll('+', ' ') : written;
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%5B/gi, '[').replace(/%5D/gi, ']');
  }
}

function emptyMap(): FormMap {
  return Object.create(null) as FormMap;
}

function namedTwice(): Error {
  return malformed('the form body names a field twice');
}

import { InvalidError } from '../core/errors';
import { at, entriesAt, textAt } from '../core/fields';
import { enumType, messageType, methodOf, type MethodName } from './definitions';

/**
 * Refuses what the loader would turn into silence: a field that does not exist is left out by it, an enum name that
 * does not exist becomes 0, null in a map becomes the text "null", and a Date becomes 1970.
 */
export function checkRequest(method: MethodName, request: object): void {
  const type: unknown = Reflect.get(methodOf(method).requestType, 'type');
  checkFields({ scope: `yandex.cloud.speechsense.v1.${String(textAt(type, 'name'))}`, type }, request, '');
}

interface Known {
  /** Its full name: names inside are found from here outwards. */
  readonly scope: string;
  readonly type: unknown;
}

/** What the descriptors, as the loader gives them, do not say. */
const oneOf: Readonly<Record<string, readonly string[]>> = {
  StreamTalkRequest: ['metadata', 'audio'],
  AudioStreamingRequest: ['audio_metadata', 'chunk'],
  AudioMetadata: ['raw_audio', 'container_audio'],
  Filter: ['any_match', 'int_range', 'double_range', 'date_range', 'duration_range', 'boolean_match'],
};

function checkFields(known: Known, value: unknown, path: string): void {
  if (!isPlainObject(value)) throw unfit(path, 'an object');
  const fields = new Map(entriesAt(known.type, 'field').map((field) => [textAt(field, 'name') ?? '', field]));
  for (const [name, inside] of Object.entries(value)) {
    const place = path === '' ? shownName(name) : `${path}.${shownName(name)}`;
    const field = fields.get(name);
    if (!field) throw unfit(place, 'left out: there is no such field');
    if (inside !== undefined) checkField(known, field, inside, place);
  }
  const alternatives = oneOf[textAt(known.type, 'name') ?? ''] ?? [];
  const chosen = alternatives.filter((name) => at(value, name) !== undefined);
  if (chosen.length > 1) throw unfit(path, `one of ${chosen.join(', ')}`);
}

function checkField(known: Known, field: unknown, value: unknown, place: string): void {
  const entry = mapEntryOf(known, field);
  if (entry) return checkMap(value, place);
  if (textAt(field, 'label') !== 'LABEL_REPEATED') return checkOne(known, field, value, place);
  if (!Array.isArray(value)) throw unfit(place, 'a list');
  value.forEach((one: unknown, index) => checkOne(known, field, one, `${place}[${index}]`));
}

function mapEntryOf({ type }: Known, field: unknown): unknown {
  const name = textAt(field, 'typeName');
  return entriesAt(type, 'nestedType').find(
    (nested) => textAt(nested, 'name') === name && at(nested, 'options', 'mapEntry') === true,
  );
}

/** Every map of the service is one of texts. */
function checkMap(value: unknown, place: string): void {
  if (!isPlainObject(value)) throw unfit(place, 'an object');
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw unfit(`${place}.${shownName(key)}`, 'a text');
  }
}

function checkOne(known: Known, field: unknown, value: unknown, place: string): void {
  const kind = textAt(field, 'type') ?? '';
  const typeName = textAt(field, 'typeName') ?? '';
  if (kind === 'TYPE_MESSAGE') {
    return checkFields(resolve(known.scope, typeName, messageType), value, place);
  }
  if (kind === 'TYPE_ENUM') return checkEnum(known, typeName, value, place);
  const scalar = scalars[kind];
  if (!scalar) throw new Error(`${place}: a type without a check, ${kind}`);
  if (!scalar.fits(value)) throw unfit(place, scalar.expected);
}

function checkEnum(known: Known, typeName: string, value: unknown, place: string): void {
  const own = entriesAt(known.type, 'enumType').find((nested) => textAt(nested, 'name') === typeName);
  const type = own ?? resolve(known.scope, typeName, enumType).type;
  // The first, number 0, says nothing: leaving it out says the same, and it is what mistakes become.
  const names = entriesAt(type, 'value').flatMap((one) => textAt(one, 'name') ?? []);
  const meaningful = names.slice(1);
  if (typeof value !== 'string' || !meaningful.includes(value)) throw unfit(place, meaningful.join(' or '));
}

const int64 = { low: -(2n ** 63n), high: 2n ** 63n - 1n };

const scalars: Readonly<Record<string, { expected: string; fits: (value: unknown) => boolean }>> = {
  TYPE_STRING: { expected: 'a text', fits: (value) => typeof value === 'string' },
  TYPE_BOOL: { expected: 'true or false', fits: (value) => typeof value === 'boolean' },
  TYPE_DOUBLE: { expected: 'a number', fits: Number.isFinite },
  TYPE_INT32: { expected: 'a whole number', fits: (value) => Number.isInteger(value) },
  TYPE_INT64: { expected: 'a whole number', fits: isInt64 },
  TYPE_BYTES: { expected: 'bytes', fits: (value) => value instanceof Uint8Array },
};

function isInt64(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) return false;
  const whole = BigInt(value);
  return whole >= int64.low && whole <= int64.high;
}

function resolve(scope: string, typeName: string, find: (name: string) => object | undefined): Known {
  const parts = scope.split('.');
  for (let length = parts.length; length >= 0; length -= 1) {
    const fullName = [...parts.slice(0, length), typeName].join('.');
    const type = find(fullName);
    if (type) return { scope: fullName, type };
  }
  throw new Error(`no definition of ${typeName}`);
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm, as function nodes make them, has another Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What is no name of a field may be anything, also a secret that was put in the wrong place. */
function shownName(name: string): string {
  return /^[A-Za-z_]\w{0,59}$/.test(name) ? name : '?';
}

function unfit(place: string, expected: string): InvalidError {
  const what = place === '' ? 'request' : place;
  return new InvalidError('INPUT_INVALID', `${what} must be ${expected}`, { params: { what } });
}

import { Readable } from 'node:stream';
import { InvalidError } from '../../lib/core/errors';
import { textAt } from '../../lib/core/fields';
import { rowIdOf, type CallRow } from '../../lib/bitrix24/calls/call';

/** Where a recording is, as a flow can say it. */
export type AudioInput =
  | { readonly kind: 'call'; readonly row: CallRow }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'stream'; readonly stream: Readable }
  | { readonly kind: 'link'; readonly address: string }
  | { readonly kind: 'path'; readonly path: string };

/** `what` is how the dialog calls the place where the value was. */
export function readAudioInput(value: unknown, what: string): AudioInput {
  if (value instanceof Uint8Array) return { kind: 'bytes', bytes: value };
  if (isStream(value)) return { kind: 'stream', stream: value };
  if (typeof value === 'string' && value.trim() !== '') return readText(value);
  if (isRow(value) && rowIdOf(value) !== undefined) return { kind: 'call', row: value };
  throw new InvalidError('INPUT_INVALID', `${what} is no call, bytes, path, address or stream`, {
    params: { what },
  });
}

/** A row may be beside the recording: its bytes were fetched by the flow, say. */
export function callRowIn(value: unknown): CallRow | undefined {
  const isCall = isRow(value) && rowIdOf(value) !== undefined && marks.some((name) => hasText(value, name));
  return isCall ? value : undefined;
}

/** What other rows of a portal do not have. There are calls without a CALL_ID. */
const marks = ['CALL_ID', 'CALL_START_DATE', 'CALL_TYPE'];

function hasText(row: CallRow, name: string): boolean {
  return textAt(row, name) !== undefined;
}

function readText(text: string): AudioInput {
  const isAddress = /^\s*https?:\/\//i.test(text);
  return isAddress ? { kind: 'link', address: text.trim() } : { kind: 'path', path: text };
}

/** Of another module's class, too, as long as it can be read as Node reads its own. */
export function isStream(value: unknown): value is Readable {
  if (value instanceof Readable) return true;
  if (typeof value !== 'object' || value === null || !(Symbol.asyncIterator in value)) return false;
  return ['pipe', 'destroy', 'on'].every((name) => typeof Reflect.get(value, name) === 'function');
}

function isRow(value: unknown): value is CallRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

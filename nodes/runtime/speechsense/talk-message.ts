import { InvalidError } from '../../../lib/core/errors';
import { at, flagAt, textAt } from '../../../lib/core/fields';
import { parseJson } from '../../../lib/core/json';
import { stableDigest } from '../../../lib/core/stable-digest';
import { fieldsOfMetadata } from '../../../lib/speechsense/chat';
import type { SpeechSenseClient } from '../../../lib/speechsense/client';
import type { FieldNote } from '../../../lib/speechsense/talk-fields';
import type { UploadedTalk } from '../../../lib/speechsense/upload';
import type { Message, Shell } from '../shell';

/** What both upload nodes do with a message: which talk it is about, and what it says afterwards. */
export interface TalkMetadata {
  readonly fields: Readonly<Record<string, unknown>>;
  /** A talk that is there already: its metadata is changed, and nothing is uploaded. */
  readonly talkId: string | undefined;
  /** Keys that are not given are erased from that talk. */
  readonly replace: boolean;
}

/** Of `msg.metadata`, or what stands for it: plain keys, or the guide's whole form with `connection_id` and `fields`. */
export function metadataOf(message: Message, given: unknown, connectionId: string): TalkMetadata {
  const source = unwrapped(given);
  const whole = at(source, 'metadata') ?? source;
  const { talk_id: fromFields, ...fields } = isAbsent(source) ? {} : fieldsOfMetadata(source, connectionId);
  const named = [message.talkId, fromFields, at(whole, 'talk_id'), at(source, 'talk_id')];
  const talkId = named.map(readable).find((id) => id !== undefined);
  return { fields, talkId, replace: flagAt(message, 'replaceMetadata') };
}

/** A file that was read comes as bytes or as a text; what is no JSON stays as it is. */
export function unwrapped(given: unknown): unknown {
  const text = given instanceof Uint8Array ? Buffer.from(given).toString('utf8') : given;
  if (typeof text !== 'string') return text;
  return parseJson(text.replace(/^\uFEFF/, '')) ?? text;
}

/** One key is one talk: `msg.uploadKey`, else `call_id`, else a digest of what is uploaded. */
export function uploadKeyOf(
  message: Message,
  metadata: Readonly<Record<string, unknown>>,
  content: unknown,
): string {
  const given = message.uploadKey;
  if (!isAbsent(given) && readable(given) === undefined) {
    throw new InvalidError('INPUT_INVALID', 'msg.uploadKey must be a text or a number', {
      params: { what: 'msg.uploadKey' },
    });
  }
  return readable(given) ?? readable(metadata['call_id']) ?? stableDigest(content, metadata);
}

/** What names one talk. Any other field may have the same value by chance: an operator's id, a duration. */
const identities = ['call_id', 'external_call_id', 'session_id', 'id', 'upload_key'];

/**
 * The field that holds the key itself, for a search after a lost answer. Empty when there is none: by a field that says
 * something else than the key, another talk would be taken for this one.
 */
export function searchFieldOf(metadata: Readonly<Record<string, unknown>>, key: string): string {
  return identities.find((field) => readable(metadata[field]) === key) ?? '';
}

/** What a flow learns of an upload; `extra` is what only one kind of upload can tell. */
export function putTalk(
  message: Message,
  { talkId, connectionId, uploadKey, reused, notes }: UploadedTalk,
  extra: Readonly<Record<string, unknown>> = {},
): void {
  const base = { talkId, connectionId, uploadKey, reused, ...extra };
  message.speechsense = notes.length > 0 ? { ...base, notes } : base;
}

export async function updateTalkOf(
  client: SpeechSenseClient,
  message: Message,
  { talkId = '', fields, replace }: TalkMetadata,
  signal: AbortSignal,
): Promise<readonly FieldNote[]> {
  const { kind, connectionId } = client;
  const { notes } = await client.updateTalk(talkId, { kind, fields, replace, signal });
  const base = { talkId, connectionId, reused: true, updated: true };
  message.speechsense = notes.length > 0 ? { ...base, notes } : base;
  return notes;
}

export interface Alterations {
  readonly notes: readonly FieldNote[];
  /** Messages that had nothing to send. */
  readonly skipped?: number;
  readonly isComplete?: boolean;
  readonly isRecorded?: boolean;
}

/** One warning for all that is not quite as it was given; without any value. */
export function warnOfNotes(shell: Shell, altered: Alterations): void {
  const { notes, skipped = 0, isComplete = true, isRecorded = true } = altered;
  const keysThatWere = (what: FieldNote['what']): string =>
    notes
      .filter((note) => note.what === what)
      .map(({ key }) => key)
      .join(', ');
  const cut = keysThatWere('cut');
  const leftOut = keysThatWere('left-out');
  const sentence = (name: string, params = {}): string => shell.translate(`bitlane.talkNote.${name}`, params);
  const told = [
    ...(cut === '' ? [] : [sentence('cut', { fields: cut })]),
    ...(leftOut === '' ? [] : [sentence('leftOut', { fields: leftOut })]),
    ...(skipped === 0 ? [] : [sentence('skipped', { count: skipped })]),
    ...(isComplete ? [] : [sentence('incomplete')]),
    ...(isRecorded ? [] : [sentence('unrecorded')]),
  ];
  if (told.length === 0) return;
  const counts = `fields cut or left out: ${notes.length}, messages skipped: ${skipped}`;
  shell.warn(new InvalidError('SPEECHSENSE_ALTERED', counts, { params: { notes: told.join(' ') } }));
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

function readable(value: unknown): string | undefined {
  const text = textAt({ value }, 'value')?.trim();
  return text === '' ? undefined : text;
}

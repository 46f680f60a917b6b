import { createHash, randomUUID } from 'node:crypto';
import { InvalidError } from '../core/errors';
import { fieldsOfMetadata, fitChat } from './chat';
import { uploadOnce } from './once';
import type { OnceParts, OneUpload, UploadOutcome } from './one-upload';
import type { TalkMark } from './find-talk';
import type { AudioFacts, AudioRules } from './audio/rules';
import type { RecordingSource } from './recording-reader';
import { isTooLarge } from './retry-table';
import { CallFailure } from './call-failure';
import { sendAudio, talkIdOf, type SendingLimits, type SendingMethod, type SentAudio } from './send-audio';
import { checkRequest } from './shape';
import { fitFields, type FieldNote, type TalkFields } from './talk-fields';

export interface UploadOptions {
  /** One key is one talk. */
  readonly key: string;
  /** The field by which the talk is found after an unclear outcome: one that no other talk shares. */
  readonly searchBy?: string | undefined;
  /** Makes another talk although there is one. */
  readonly reupload?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AudioUploadOptions extends UploadOptions {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly rules: AudioRules;
  readonly method?: SendingMethod | undefined;
}

export interface UploadedTalk extends Uploaded {
  readonly talkId: string;
}

/** What is told of any upload. */
export interface Uploaded {
  readonly connectionId: string;
  readonly uploadKey: string;
  /** The talk was there before. */
  readonly reused: boolean;
  /** False: the service answered before it had everything. */
  readonly isComplete: boolean;
  /** False: the talk was made, but its id could not be kept. */
  readonly isRecorded: boolean;
  readonly tries: number;
  /** Values that had to be cut or left out. */
  readonly notes: readonly FieldNote[];
}

/** Of a talk that was there before, neither is known. */
export interface SentFacts {
  /** How much was sent. */
  readonly bytes?: number;
  readonly audio?: AudioFacts;
}

export type UploadedAudio = UploadedTalk & SentFacts;
export type UploadedText = UploadedTalk & { readonly messages: number; readonly skipped: number };

export interface SendingParts extends Pick<OnceParts, 'caller' | 'place'> {
  readonly limits: SendingLimits;
  readonly language?: string | undefined;
}

export type UploadParts = SendingParts & OnceParts;

export async function uploadAudio(
  parts: UploadParts,
  source: RecordingSource,
  options: AudioUploadOptions,
): Promise<UploadedAudio> {
  const { caller, limits } = parts;
  const { key, rules, signal } = options;
  const fitted = fitFields(options.fields, { kind: 'audio', language: parts.language });
  const wanted = options.method ?? 'auto';
  const requestId = requestIdOf(parts, options);
  const base = {
    ...{ caller, limits, source, rules, requestId, signal, streamMethod: 'UploadAsStream' as const },
    metadata: { connection_id: parts.place.connectionId, fields: fitted.fields },
  };
  let method: SendingMethod = wanted;
  let sent: SentAudio | undefined;

  async function send(handOver: () => Promise<void>): Promise<SentAudio> {
    try {
      sent = await sendAudio({ ...base, method, handOver });
    } catch (error) {
      const isTooLargeAtOnce = error instanceof CallFailure && error.isAnswer && isTooLarge(error);
      if (wanted !== 'auto' || method === 'stream' || !isTooLargeAtOnce) throw error;
      method = 'stream';
      sent = await sendAudio({ ...base, method, handOver });
    }
    return sent;
  }

  const outcome = await uploadOnce(parts, {
    ...oneUpload(options, fitted, requestId),
    method: () => (method === 'stream' ? 'UploadAsStream' : 'Upload'),
    sent: fitted.fields,
    send,
  });
  return { talkId: outcome.talkId, ...uploaded(parts, key, fitted, outcome), ...factsOf(sent) };
}

export async function uploadText(
  parts: UploadParts,
  chat: unknown,
  metadata: unknown,
  options: UploadOptions,
): Promise<UploadedText> {
  const { connectionId } = parts.place;
  const given = fieldsOfMetadata(metadata, connectionId);
  const fitted = fitFields(given, { kind: 'chat', language: parts.language });
  const { operator_id = '', client_id = '', bot_id = '' } = fitted.fields;
  const { messages, skipped } = fitChat(chat, { operator_id, client_id, bot_id });
  const request = {
    metadata: { connection_id: connectionId, fields: fitted.fields },
    text_content: { messages },
  };
  checkRequest('UploadText', request);
  const requestId = requestIdOf(parts, options);
  const deadlineMs = parts.limits.unaryMs(Buffer.byteLength(JSON.stringify(messages)));
  const outcome = await uploadOnce(parts, {
    ...oneUpload(options, fitted, requestId),
    method: () => 'UploadText',
    sent: [fitted.fields, messages.map(({ text }) => text.text)],
    async send(handOver) {
      const { signal } = options;
      const asked = { deadlineMs, requestId, signal, handOver };
      const answer = await parts.caller.tryOnce('UploadText', request, asked);
      return { talkId: talkIdOf(answer), isComplete: true };
    },
  });
  const told = { talkId: outcome.talkId, ...uploaded(parts, options.key, fitted, outcome) };
  return { ...told, messages: messages.length, skipped };
}

export function oneUpload(
  { key, searchBy, reupload = false, signal }: UploadOptions,
  { fields }: TalkFields,
  requestId: string,
): Pick<OneUpload, 'key' | 'mark' | 'reupload' | 'requestId' | 'signal'> {
  if (key.trim() === '') {
    throw new InvalidError('INPUT_INVALID', 'there is no upload key', { params: { what: 'uploadKey' } });
  }
  return { key, mark: markOf(fields, searchBy), reupload, requestId, signal };
}

/** Of the usual keys, those that name one talk: many talks have the same operator, and some the same ticket. */
const marking = ['call_id', 'session_id', 'id'];

function markOf(
  fields: Readonly<Record<string, string>>,
  searchBy: string | undefined,
): TalkMark | undefined {
  const field = searchBy ?? marking.find((name) => fields[name] !== undefined) ?? '';
  const value = fields[field];
  return value === undefined ? undefined : { field, value };
}

/** The same for every try of one talk, also after a restart; another upload of it on request has its own. */
export function requestIdOf({ place }: UploadParts, { key, reupload }: UploadOptions): string {
  if (reupload) return randomUUID();
  const digest = createHash('sha256').update(`${place.connectionId}\n${key}`).digest('hex');
  const variant = '89ab'.charAt(Number.parseInt(digest.charAt(16), 16) % 4);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `4${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}

export function uploaded(
  { place }: UploadParts,
  key: string,
  { notes }: TalkFields,
  { reused, isComplete, isRecorded, tries }: UploadOutcome,
): Uploaded {
  const { connectionId } = place;
  return { connectionId, uploadKey: key, reused, isComplete, isRecorded, tries, notes };
}

export function factsOf(sent: SentAudio | undefined): SentFacts {
  if (!sent) return {};
  return { bytes: sent.bytes, ...(sent.audio && { audio: sent.audio }) };
}

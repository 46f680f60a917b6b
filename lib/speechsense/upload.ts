import { createHash, randomUUID } from 'node:crypto';
import { InvalidError } from '../core/errors';
import { fieldsOfMetadata, fitChat } from './chat';
import type { MethodName } from './definitions';
import { uploadOnce, type OnceParts, type OneUpload, type UploadOutcome } from './once';
import type { TalkMark } from './find-talk';
import type { RecordingSource } from './recording-reader';
import { isTooLarge } from './retry-table';
import { CallFailure } from './call-failure';
import { sendAudio, talkIdOf, type SendingLimits, type SendingMethod, type SentAudio } from './send-audio';
import { checkRequest } from './shape';
import { fitFields, type ConnectionKind, type FieldNote, type TalkFields } from './talk-fields';

/** What the service is told about the bytes that follow. */
export type AudioDescription =
  | { readonly container: 'wav' | 'ogg-opus' | 'mp3' }
  | { readonly encoding: 'lpcm16'; readonly sampleRate: number; readonly channels: number };

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
  readonly audio: AudioDescription;
  readonly method?: SendingMethod | undefined;
  /** How long the recording is by its source's own word; a recording of another length is one that broke off. */
  readonly bytes?: number | undefined;
}

export interface UploadedTalk {
  readonly talkId: string;
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

export type UploadedAudio = UploadedTalk & { readonly bytes?: number };
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
  const { key, bytes, signal } = options;
  const fitted = fitFields(options.fields, { kind: 'audio', language: parts.language });
  const wanted = options.method ?? 'auto';
  const requestId = requestIdOf(parts, options);
  const base = {
    ...{ caller, limits, source, bytes, requestId, signal },
    metadata: { connection_id: parts.place.connectionId, fields: fitted.fields },
    audio: audioMetadata(options.audio),
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
  return { ...uploaded(parts, key, fitted, outcome), ...(sent && { bytes: sent.bytes }) };
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
      await handOver();
      const { signal } = options;
      const answer = await parts.caller.tryOnce('UploadText', request, { deadlineMs, requestId, signal });
      return { talkId: talkIdOf(answer), isComplete: true };
    },
  });
  return { ...uploaded(parts, options.key, fitted, outcome), messages: messages.length, skipped };
}

export interface UpdateOptions {
  readonly kind: ConnectionKind;
  /** All of them: what is left out is erased from the talk. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal | undefined;
}

/** Puts other metadata in the place of what a talk has; done twice, it is the same. */
export async function updateTalk(
  { caller, place, language, limits }: SendingParts,
  talkId: string,
  { kind, fields: given, signal }: UpdateOptions,
): Promise<TalkFields> {
  if (talkId.trim() === '') {
    throw new InvalidError('INPUT_INVALID', 'there is no talk id', { params: { what: 'talkId' } });
  }
  const fitted = fitFields(given, { kind, language });
  const method: MethodName = kind === 'chat' ? 'UploadText' : 'Upload';
  const metadata = { connection_id: place.connectionId, fields: fitted.fields };
  await caller.ask(method, { metadata, talk_id: talkId.trim() }, { deadlineMs: limits.unaryMs(0), signal });
  return fitted;
}

function audioMetadata(audio: AudioDescription): object {
  if ('container' in audio) return { container_audio: { container_audio_type: containers[audio.container] } };
  return {
    raw_audio: {
      audio_encoding: 'AUDIO_ENCODING_LINEAR16_PCM',
      sample_rate_hertz: String(audio.sampleRate),
      audio_channel_count: String(audio.channels),
    },
  };
}

const containers = {
  wav: 'CONTAINER_AUDIO_TYPE_WAV',
  'ogg-opus': 'CONTAINER_AUDIO_TYPE_OGG_OPUS',
  mp3: 'CONTAINER_AUDIO_TYPE_MP3',
} as const;

function oneUpload(
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
function requestIdOf({ place }: UploadParts, { key, reupload }: UploadOptions): string {
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

function uploaded(
  { place }: UploadParts,
  key: string,
  { notes }: TalkFields,
  { talkId, reused, isComplete, isRecorded, tries }: UploadOutcome,
): UploadedTalk {
  const { connectionId } = place;
  return { talkId, connectionId, uploadKey: key, reused, isComplete, isRecorded, tries, notes };
}

import { CancelledError, InvalidError } from '../core/errors';
import { textAt } from '../core/fields';
import { nothingHeard } from './audio/judge';
import type { AudioContainer, AudioDescription, AudioFacts, AudioRules } from './audio/rules';
import { badgeIdOf } from './badge-id';
import type { Caller } from './caller';
import { CallFailure, StoppedInTime } from './call-failure';
import { createChunkWriter } from './chunk-message';
import type { SentTalk } from './one-upload';
import { openRecording, type RecordingReader, type RecordingSource } from './recording-reader';
import { checkRequest } from './shape';
import type { UploadStream } from './upload-stream';
import { grpcStatus } from './grpc-status';

export interface SendingLimits {
  readonly chunkBytes: number;
  /** The longest wait for a piece of the recording. */
  readonly silenceMs: number;
  /** Up to here `auto` sends one message. */
  readonly unaryBytes: number;
  /** How long a stream waits before it says that this was all. */
  readonly settleMs: number;
  readonly unaryMs: (bytes: number) => number;
  /** Undefined: the size is not known before the end. */
  readonly streamMs: (bytes: number | undefined) => number;
}

export const usualLimits: SendingLimits = {
  chunkBytes: 512 * 1024,
  silenceMs: 60_000,
  unaryBytes: 4 * 1024 * 1024,
  settleMs: 250,
  unaryMs: (bytes) => 30_000 + Math.ceil(bytes / (256 * 1024)) * 1000,
  streamMs: (bytes) =>
    bytes === undefined ? 3600_000 : Math.max(600_000, 30_000 + Math.ceil(bytes / (256 * 1024)) * 1000),
};

/** The service takes less than 128 MB in one message, the metadata included. */
const largestUnary = 127 * 1024 * 1024;

export type SendingMethod = 'auto' | 'stream' | 'unary';
export type StreamMethod = 'UploadAsStream' | 'UploadBadge';

export interface AudioSending {
  readonly caller: Caller;
  readonly limits: SendingLimits;
  /** TalkMetadata as on the wire. */
  readonly metadata: object;
  readonly source: RecordingSource;
  readonly rules: AudioRules;
  /** The others are refused. */
  readonly containers?: readonly AudioContainer[] | undefined;
  readonly method: SendingMethod;
  /** What a stream is sent by. */
  readonly streamMethod: StreamMethod;
  readonly requestId: string;
  readonly signal?: AbortSignal | undefined;
  /** Before the service could have everything. */
  readonly handOver: () => Promise<void>;
}

export interface SentAudio extends SentTalk {
  readonly bytes: number;
  readonly audio: AudioFacts | undefined;
}

/** One try, from the first byte of the recording. */
export async function sendAudio(sending: AudioSending): Promise<SentAudio> {
  const { limits, caller, signal, rules, containers, method } = sending;
  const { chunkBytes, silenceMs } = limits;
  const options = { chunkBytes, silenceMs, rules, containers, clock: caller.clock, signal };
  const reader = await openRecording(sending.source, options);
  try {
    const first = await reader.next();
    if (!first) throw nothingHeard();
    if (method === 'stream') return await sendStream(sending, reader, first, undefined);
    if (method === 'unary') return await sendUnary(sending, reader, first, largestUnary);
    const bytes = reader.expectedBytes();
    if (bytes !== undefined && bytes > limits.unaryBytes) {
      return await sendStream(sending, reader, first, undefined);
    }
    // What ends within one portion, or says that it is small, goes as one message.
    const second = bytes === undefined ? await reader.next() : undefined;
    if (second) return await sendStream(sending, reader, first, second);
    return await sendUnary(sending, reader, first, limits.unaryBytes);
  } finally {
    reader.close();
  }
}

async function sendUnary(
  sending: AudioSending,
  reader: RecordingReader,
  first: readonly Buffer[],
  most: number,
): Promise<SentAudio> {
  const pieces = [...first];
  for (let portion = await reader.next(); portion; portion = await reader.next()) {
    pieces.push(...portion);
    if (reader.bytes() > most) throw tooLargeForUnary(most);
  }
  const data = Buffer.concat(pieces);
  const { caller, metadata, requestId, signal, limits, handOver } = sending;
  const audio = { audio_metadata: audioMetadata(reader.description()), audio_data: { data } };
  const request = { metadata, audio };
  checkRequest('Upload', request);
  // Once it is handed over, nothing of this side may fail.
  const audioFacts = reader.facts();
  const deadlineMs = limits.unaryMs(data.length);
  const answer = await caller.tryOnce('Upload', request, { deadlineMs, requestId, signal, handOver });
  return { talkId: talkIdOf(answer), isComplete: true, bytes: data.length, audio: audioFacts };
}

async function sendStream(
  sending: AudioSending,
  reader: RecordingReader,
  ...start: readonly (readonly Buffer[] | undefined)[]
): Promise<SentAudio> {
  const { caller, metadata, requestId, signal, limits, streamMethod } = sending;
  const opening = [{ metadata }, { audio: { audio_metadata: audioMetadata(reader.description()) } }];
  for (const message of opening) checkRequest(streamMethod, message);
  const deadlineMs = limits.streamMs(reader.expectedBytes());
  const stream = await caller.open(streamMethod, { deadlineMs, requestId, signal });
  try {
    const isComplete = await writeAll(sending, stream, reader, opening, start);
    const audio = reader.facts();
    if (isComplete) stream.end();
    const answer = await stream.answer.catch((error: unknown) => {
      throw isComplete ? error : withoutTalk(error);
    });
    const made = streamMethod === 'UploadBadge' ? operationOf(answer) : { talkId: talkIdOf(answer) };
    return { ...made, isComplete, bytes: reader.bytes(), audio };
  } catch (error) {
    stream.abandon();
    throw error;
  }
}

/** False: the call was over before everything was in it. */
async function writeAll(
  { caller, limits, handOver }: AudioSending,
  stream: UploadStream,
  reader: RecordingReader,
  opening: readonly object[],
  start: readonly (readonly Buffer[] | undefined)[],
): Promise<boolean> {
  for (const message of opening) if (!(await stream.write(message))) return false;
  const write = createChunkWriter(stream);
  for (const portion of start) if (portion && !(await write(portion))) return false;
  for (;;) {
    const read = await stream.unlessOver(reader.next());
    if (!read) return false;
    if (!read.value) break;
    if (!(await write(read.value))) return false;
  }
  if (!(await write.rest())) return false;
  // Whatever breaks before the end is said cannot have made a talk, and may be sent again without asking. The last
  // chunks are still on their way, and news of how they fared is worth this wait.
  const settled = await stream.unlessOver(caller.clock.sleep(limits.settleMs));
  return settled !== undefined && (await stream.unlessOver(handOver())) !== undefined;
}

/** A stream that was not ended makes no talk, whatever became of its messages. */
function withoutTalk(error: unknown): unknown {
  if (error instanceof CancelledError) return new StoppedInTime();
  return error instanceof CallFailure ? new CallFailure({ ...error, mayHaveArrived: false }) : error;
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

/** A yes without an id is no answer to work with: the talk has to be looked for. */
export function talkIdOf(answer: object): string {
  return idIn(answer, 'talk_id');
}

/** What a badge upload makes is work that goes on; its id takes the place of a talk's. */
function operationOf(answer: object): Pick<SentTalk, 'talkId' | 'badgeId'> {
  const badgeId = badgeIdOf(answer);
  return { talkId: idIn(answer, 'id'), ...(badgeId !== undefined && { badgeId }) };
}

function idIn(answer: object, field: string): string {
  const id = textAt(answer, field);
  if (id !== undefined) return id;
  const words = 'No message received: the answer names no talk';
  throw new CallFailure({ code: grpcStatus.UNKNOWN, words, isAnswer: false, mayHaveArrived: true });
}

function tooLargeForUnary(most: number): InvalidError {
  const limit = Math.floor(most / (1024 * 1024));
  return new InvalidError(
    'SPEECHSENSE_TOO_LARGE',
    `a recording of more than ${limit} MB does not fit into one message`,
    {
      params: { reason: `${limit} MB`, detail: `> ${limit} MB`, host: '' },
    },
  );
}

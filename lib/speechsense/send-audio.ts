import { InvalidError } from '../core/errors';
import { textAt } from '../core/fields';
import type { Caller } from './caller';
import { CallFailure } from './call-failure';
import type { SentTalk } from './once';
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

export interface AudioSending {
  readonly caller: Caller;
  readonly limits: SendingLimits;
  /** TalkMetadata as on the wire. */
  readonly metadata: object;
  /** AudioMetadata as on the wire. */
  readonly audio: object;
  readonly source: RecordingSource;
  readonly bytes?: number | undefined;
  readonly method: SendingMethod;
  readonly requestId: string;
  readonly signal?: AbortSignal | undefined;
  /** Before the service could have everything. */
  readonly handOver: () => Promise<void>;
}

export interface SentAudio extends SentTalk {
  readonly bytes: number;
}

/** One try, from the first byte of the recording. */
export async function sendAudio(sending: AudioSending): Promise<SentAudio> {
  const { limits, caller, bytes, signal } = sending;
  const { chunkBytes, silenceMs } = limits;
  const options = { chunkBytes, bytes, silenceMs, clock: caller.clock, signal };
  const reader = await openRecording(sending.source, options);
  try {
    const first = await reader.next();
    if (!first)
      throw new InvalidError('SPEECHSENSE_RECORDING', 'the recording is empty', {
        params: { reason: '0 B' },
      });
    if (sending.method === 'stream') return await sendStream(sending, reader, first, undefined);
    if (sending.method === 'unary') return await sendUnary(sending, reader, [first], largestUnary);
    if (bytes !== undefined && bytes > limits.unaryBytes) {
      return await sendStream(sending, reader, first, undefined);
    }
    // What ends within one piece, or says that it is small, goes as one message.
    const second = bytes === undefined ? await reader.next() : undefined;
    if (second) return await sendStream(sending, reader, first, second);
    return await sendUnary(sending, reader, [first], limits.unaryBytes);
  } finally {
    reader.close();
  }
}

async function sendUnary(
  sending: AudioSending,
  reader: RecordingReader,
  pieces: Buffer[],
  most: number,
): Promise<SentAudio> {
  for (let piece = await reader.next(); piece; piece = await reader.next()) {
    pieces.push(piece);
    if (reader.bytes() > most) throw tooLargeForUnary(most);
  }
  const data = Buffer.concat(pieces);
  const { caller, metadata, audio, requestId, signal, limits, handOver } = sending;
  const request = { metadata, audio: { audio_metadata: audio, audio_data: { data } } };
  checkRequest('Upload', request);
  await handOver();
  const deadlineMs = limits.unaryMs(data.length);
  const answer = await caller.tryOnce('Upload', request, { deadlineMs, requestId, signal });
  return { talkId: talkIdOf(answer), isComplete: true, bytes: data.length };
}

async function sendStream(
  sending: AudioSending,
  reader: RecordingReader,
  ...start: readonly (Buffer | undefined)[]
): Promise<SentAudio> {
  const { caller, metadata, audio, requestId, signal, limits, bytes } = sending;
  const opening = [{ metadata }, { audio: { audio_metadata: audio } }];
  for (const message of opening) checkRequest('UploadAsStream', message);
  const deadlineMs = limits.streamMs(bytes);
  const stream = await caller.open('UploadAsStream', { deadlineMs, requestId, signal });
  try {
    const isComplete = await writeAll(sending, stream, reader, opening, start);
    if (isComplete) stream.end();
    const answer = await stream.answer.catch((error: unknown) => {
      throw isComplete ? error : withoutTalk(error);
    });
    return { talkId: talkIdOf(answer), isComplete, bytes: reader.bytes() };
  } catch (error) {
    stream.cancel();
    throw error;
  }
}

/** False: the call was over before everything was in it. */
async function writeAll(
  { caller, limits, handOver }: AudioSending,
  stream: UploadStream,
  reader: RecordingReader,
  opening: readonly object[],
  start: readonly (Buffer | undefined)[],
): Promise<boolean> {
  for (const message of opening) if (!(await stream.write(message))) return false;
  for (const piece of start) {
    if (piece && !(await stream.write(chunkMessage(piece)))) return false;
  }
  for (;;) {
    const read = await stream.unlessOver(reader.next());
    if (!read) return false;
    if (!read.value) break;
    if (!(await stream.write(chunkMessage(read.value)))) return false;
  }
  // Whatever breaks before the end is said cannot have made a talk, and may be sent again without asking. The last
  // chunks are still on their way, and news of how they fared is worth this wait.
  const settled = await stream.unlessOver(caller.clock.sleep(limits.settleMs));
  return settled !== undefined && (await stream.unlessOver(handOver())) !== undefined;
}

/** A stream that was not ended makes no talk, whatever became of its messages. */
function withoutTalk(error: unknown): unknown {
  return error instanceof CallFailure ? new CallFailure({ ...error, mayHaveArrived: false }) : error;
}

function chunkMessage(data: Buffer): object {
  return { audio: { chunk: { data } } };
}

/** A yes without an id is no answer to work with: the talk has to be looked for. */
export function talkIdOf(answer: object): string {
  const talkId = textAt(answer, 'talk_id');
  if (talkId !== undefined) return talkId;
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

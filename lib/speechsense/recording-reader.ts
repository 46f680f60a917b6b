import type { Readable } from 'node:stream';
import { startTimer, type Clock } from '../core/clock';
import { BitlaneError, CancelledError, InvalidError, UnreachableError, toError } from '../core/errors';
import { createAudioWalk, type AudioWalk } from './audio/audio-walk';
import type { AudioContainer, AudioDescription, AudioFacts, AudioRules } from './audio/rules';
import { rechunk } from './rechunk';

/** Opens the recording from its beginning; called anew for each try, and not at all when the talk is known already. */
export type RecordingSource = (signal?: AbortSignal) => Promise<OpenedRecording>;

export interface OpenedRecording {
  readonly stream: Readable;
  /** How long it is by its source's own word; a recording of another length is one that broke off. */
  readonly bytes?: number | undefined;
}

/** The recording could not be read, or not used; stays inside this folder. */
export class SourceFailure extends Error {
  /** Reading it once more may do. */
  readonly isPassing: boolean;

  constructor(readonly reason: Error) {
    super('the recording could not be read');
    this.name = 'SourceFailure';
    this.isPassing = !(reason instanceof BitlaneError) || reason instanceof UnreachableError;
  }
}

export interface RecordingReader {
  /**
   * The next piece as it is to be sent, or undefined at the end, which only a recording that was found good has.
   * Rejects with SourceFailure or CancelledError.
   */
  next(): Promise<Buffer | undefined>;
  /** How much was handed out. */
  bytes(): number;
  /** How much it will be in all, when that is known. */
  expectedBytes(): number | undefined;
  /** Known with the first piece. */
  description(): AudioDescription;
  facts(): AudioFacts | undefined;
  close(): void;
}

export interface ReaderOptions {
  readonly rules: AudioRules;
  readonly containers?: readonly AudioContainer[] | undefined;
  readonly chunkBytes: number;
  /** The longest wait for a piece. */
  readonly silenceMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

export async function openRecording(
  source: RecordingSource,
  options: ReaderOptions,
): Promise<RecordingReader> {
  const { chunkBytes, silenceMs, clock, signal, rules, containers } = options;
  if (signal?.aborted) throw new CancelledError();
  const opened = await source(signal).catch((error: unknown) => {
    throw signal?.aborted ? new CancelledError() : failure(error);
  });
  const { stream } = opened;
  // Destroyed between two reads, it has nobody else to tell.
  stream.on('error', () => undefined);
  const walk = createAudioWalk({ rules, containers, wholeBytes: opened.bytes });
  const pieces = rechunk(walked(opened, walk, signal), chunkBytes);
  let bytes = 0;
  let interrupt: (reason: Error) => void = () => undefined;
  const onAbort = (): void => breakOff(new CancelledError());
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();

  function breakOff(reason: Error): void {
    stream.destroy(reason);
    interrupt(reason);
  }

  /** Destroying it is not enough: there are streams that do not end before what they wait for does. */
  function nextPiece(): Promise<IteratorResult<Buffer, undefined>> {
    return new Promise((resolve, reject) => {
      interrupt = reject;
      if (signal?.aborted) return reject(new CancelledError());
      pieces.next().then(resolve, reject);
    });
  }

  async function next(): Promise<Buffer | undefined> {
    const stopWaiting = startTimer(clock, silenceMs, () => breakOff(silence(silenceMs)));
    try {
      const piece = await nextPiece();
      if (piece.done === true) return undefined;
      bytes += piece.value.length;
      return piece.value;
    } catch (error) {
      throw failure(error);
    } finally {
      stopWaiting();
    }
  }

  function description(): AudioDescription {
    const known = walk.description();
    if (!known) throw new Error('the recording was not read yet');
    return known;
  }

  function close(): void {
    signal?.removeEventListener('abort', onAbort);
    stream.destroy();
  }

  return {
    ...{ next, description, close },
    bytes: () => bytes,
    expectedBytes: () => walk.expectedBytes(),
    facts: () => walk.facts(),
  };
}

/** The bytes as they go on. Ends only after the last verdict. */
async function* walked(
  { stream, bytes: declared }: OpenedRecording,
  walk: AudioWalk,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, undefined> {
  let read = 0;
  for await (const piece of stream) {
    const bytes = bytesOf(piece);
    read += bytes.length;
    yield walk.pass(bytes);
  }
  if (signal?.aborted) throw new CancelledError();
  // Comes before the last verdict: what broke off on its way may be whole the next time.
  if (declared !== undefined && declared !== read) throw broken(`ended after ${read} of ${declared} bytes`);
  yield walk.end();
}

function bytesOf(piece: unknown): Buffer {
  if (Buffer.isBuffer(piece)) return piece;
  if (piece instanceof Uint8Array) return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  throw new InvalidError('INPUT_INVALID', 'the stream of the recording gives no bytes', {
    params: { what: 'audio' },
  });
}

function failure(thrown: unknown): Error {
  if (thrown instanceof CancelledError || thrown instanceof SourceFailure) return thrown;
  return new SourceFailure(toError(thrown));
}

function silence(ms: number): Error {
  return broken(`gave nothing for ${Math.round(ms / 1000)} s`);
}

function broken(what: string): SourceFailure {
  const reason = what;
  return new SourceFailure(
    new UnreachableError('SPEECHSENSE_RECORDING', `the recording ${what}`, {
      sent: false,
      params: { reason },
    }),
  );
}

/** What a person is told: the reason itself where it is one of ours. */
export function readingError({ reason }: SourceFailure): Error {
  if (reason instanceof BitlaneError) return reason;
  const given: unknown = Reflect.get(reason, 'code');
  const code = typeof given === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(given) ? given : 'UNKNOWN';
  return new InvalidError('SPEECHSENSE_RECORDING', `the recording could not be read (${code})`, {
    params: { reason: code },
  });
}

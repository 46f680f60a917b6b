import type { Readable } from 'node:stream';
import { startTimer, type Clock } from '../core/clock';
import { BitlaneError, CancelledError, InvalidError, UnreachableError, toError } from '../core/errors';
import { rechunk } from './rechunk';

/** Opens the recording from its beginning; called anew for each try. */
export type RecordingSource = () => Promise<Readable>;

/** The recording could not be read; stays inside this folder. */
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
  /** The next piece, or undefined at the end. Rejects with SourceFailure or CancelledError. */
  next(): Promise<Buffer | undefined>;
  /** How much was handed out. */
  bytes(): number;
  close(): void;
}

export interface ReaderOptions {
  readonly chunkBytes: number;
  /** As the source declares it: anything else is a recording that broke off. */
  readonly bytes?: number | undefined;
  /** The longest wait for a piece. */
  readonly silenceMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

export async function openRecording(
  source: RecordingSource,
  options: ReaderOptions,
): Promise<RecordingReader> {
  const { chunkBytes, bytes: declared, silenceMs, clock, signal } = options;
  if (signal?.aborted) throw new CancelledError();
  const readable = await source().catch((error: unknown) => {
    throw failure(error);
  });
  // Destroyed between two reads, it has nobody else to tell.
  readable.on('error', () => undefined);
  const pieces = rechunk(readable, chunkBytes);
  const onAbort = (): void => void readable.destroy(new CancelledError());
  signal?.addEventListener('abort', onAbort, { once: true });
  let bytes = 0;

  async function next(): Promise<Buffer | undefined> {
    const stopWaiting = startTimer(clock, silenceMs, () => readable.destroy(silence(silenceMs)));
    try {
      const piece = await pieces.next();
      if (piece.done === true) return atEnd();
      bytes += piece.value.length;
      return piece.value;
    } catch (error) {
      throw failure(error);
    } finally {
      stopWaiting();
    }
  }

  function atEnd(): undefined {
    if (signal?.aborted) throw new CancelledError();
    if (declared === undefined || declared === bytes) return undefined;
    throw broken(`ended after ${bytes} of ${declared} bytes`);
  }

  function close(): void {
    signal?.removeEventListener('abort', onAbort);
    readable.destroy();
  }

  return { next, bytes: () => bytes, close };
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

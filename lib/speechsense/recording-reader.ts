import type { Readable } from 'node:stream';
import type { Clock } from '../core/clock';
import { BitlaneError, CancelledError, InvalidError, UnreachableError, toError } from '../core/errors';
import { createAudioWalk, type AudioWalk } from './audio/audio-walk';
import type { AudioContainer, AudioDescription, AudioFacts, AudioRules } from './audio/rules';
import { rechunk } from './rechunk';
import { broken, longestReadingMs, openWatched, watchPieces } from './watched-source';

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
   * The parts of the next portion to be sent, or undefined at the end, which only a recording that was found good has.
   * Rejects with SourceFailure or CancelledError.
   */
  next(): Promise<readonly Buffer[] | undefined>;
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
  /** The longest wait for a piece as its source gives it. */
  readonly silenceMs: number;
  /** The longest wait for all of them together, by the length that was declared. */
  readonly totalMs?: ((bytes: number | undefined) => number) | undefined;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** An hour with the usual limits. */
const mostSilencesToOpen = 60;

export async function openRecording(
  source: RecordingSource,
  options: ReaderOptions,
): Promise<RecordingReader> {
  const { chunkBytes, silenceMs, clock, signal, rules, containers, totalMs = longestReadingMs } = options;
  const watch = { silenceMs, clock, signal };
  const opened = await openWatched(() => source(signal), watch, mostSilencesToOpen).catch(
    (error: unknown) => {
      throw signal?.aborted ? new CancelledError() : failure(error);
    },
  );
  const watched = watchPieces(opened.stream, { ...watch, totalMs: totalMs(opened.bytes) });
  const walk = createAudioWalk({ rules, containers, wholeBytes: opened.bytes });
  const portions = rechunk(walked(watched.pieces, opened.bytes, walk, signal), chunkBytes);
  let bytes = 0;

  async function next(): Promise<readonly Buffer[] | undefined> {
    try {
      const portion = await portions.next();
      if (portion.done === true) return undefined;
      for (const { length } of portion.value) bytes += length;
      return portion.value;
    } catch (error) {
      throw failure(error);
    }
  }

  function description(): AudioDescription {
    const known = walk.description();
    if (!known) throw new Error('the recording was not read yet');
    return known;
  }

  return {
    ...{ next, description },
    close: () => watched.close(),
    bytes: () => bytes,
    expectedBytes: () => walk.expectedBytes(),
    facts: () => walk.facts(),
  };
}

/** The bytes as they go on. Ends only after the last verdict. */
async function* walked(
  pieces: AsyncIterable<Buffer>,
  declared: number | undefined,
  walk: AudioWalk,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, undefined> {
  let read = 0;
  for await (const piece of pieces) {
    read += piece.length;
    yield walk.pass(piece);
  }
  if (signal?.aborted) throw new CancelledError();
  // Comes before the last verdict: what broke off on its way may be whole the next time.
  if (declared !== undefined && declared !== read) throw broken(`ended after ${read} of ${declared} bytes`);
  yield walk.end();
}

function failure(thrown: unknown): Error {
  if (thrown instanceof CancelledError || thrown instanceof SourceFailure) return thrown;
  return new SourceFailure(toError(thrown));
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

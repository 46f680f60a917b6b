import type { Readable } from 'node:stream';
import { startTimer, type Clock } from '../core/clock';
import { CancelledError, InvalidError, UnreachableError } from '../core/errors';

/** How long somebody waits for a recording. */
export interface Watch {
  /** For one piece of it. */
  readonly silenceMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** For all of it, without the time that goes by between two reads. Undefined: its length is not known. */
export function longestReadingMs(bytes: number | undefined): number {
  if (bytes === undefined) return 3600_000;
  return Math.max(600_000, 30_000 + Math.ceil(bytes / (128 * 1024)) * 1000);
}

/**
 * Opens a source, and waits for so many silences at the most. Sources have limits of their own, which may be wide:
 * some read a whole download before they are open.
 */
export function openWatched<T extends { readonly stream: Readable }>(
  source: () => Promise<T>,
  { silenceMs, clock, signal }: Watch,
  mostSilences: number,
): Promise<T> {
  if (signal?.aborted) return Promise.reject(new CancelledError());
  return new Promise((resolve, reject) => {
    let isOver = false;
    let silences = 0;
    let stopTimer: () => void = () => undefined;
    const onAbort = (): void => settle(() => reject(new CancelledError()));
    signal?.addEventListener('abort', onAbort, { once: true });
    wait();

    function settle(end: () => void): void {
      if (isOver) return;
      isOver = true;
      stopTimer();
      signal?.removeEventListener('abort', onAbort);
      end();
    }

    function wait(): void {
      stopTimer = startTimer(clock, silenceMs, () => {
        silences += 1;
        if (silences < mostSilences) wait();
        else settle(() => reject(silence(silenceMs * mostSilences)));
      });
    }

    function onOpened(opened: T): void {
      if (isOver) closeUnread(opened.stream);
      else settle(() => resolve(opened));
    }
    const opening = (async () => source())();
    opening.then(onOpened, (error: Error) => settle(() => reject(error)));
  });
}

export interface WatchedPieces {
  /** Ends with the stream. */
  readonly pieces: AsyncGenerator<Buffer, undefined>;
  /** Nobody wants it any more, or it has ended. */
  close(): void;
}

export interface PiecesWatch extends Watch {
  readonly totalMs: number;
  readonly monotonic?: (() => number) | undefined;
}

/** The bytes of a stream, as long as they come and somebody wants them. */
export function watchPieces(
  stream: Readable,
  { silenceMs, totalMs, clock, signal, monotonic = () => performance.now() }: PiecesWatch,
): WatchedPieces {
  let interrupt: (reason: Error) => void = () => undefined;
  let end: Error | undefined;
  let waitedMs = 0;
  ignoreFailure(stream);
  const onAbort = (): void => breakOff(new CancelledError());
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();

  /** To destroy it is not enough: there are streams that do not end before what they wait for does. */
  function breakOff(reason: Error): void {
    end ??= reason;
    stream.destroy(reason);
    interrupt(end);
  }

  function nextOf(source: AsyncIterator<unknown>): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => {
      interrupt = reject;
      if (end) return reject(end);
      source.next().then(resolve, reject);
    });
  }

  async function timed<T>(work: () => Promise<T>): Promise<T> {
    const stopTimer = startTimer(clock, silenceMs, () => breakOff(silence(silenceMs)));
    const start = monotonic();
    try {
      return await work();
    } finally {
      stopTimer();
      waitedMs += monotonic() - start;
    }
  }

  async function* pieces(): AsyncGenerator<Buffer, undefined> {
    const source: AsyncIterator<unknown> = stream[Symbol.asyncIterator]();
    for (;;) {
      const piece = await timed(() => nextOf(source));
      if (piece.done === true) return;
      const bytes = bytesOf(piece.value);
      // Who drips is never silent, and would hold its place for ever.
      if (waitedMs > totalMs) throw broken(`did not come to its end in ${Math.round(totalMs / 1000)} s`);
      yield bytes;
    }
  }

  return {
    pieces: pieces(),
    close() {
      signal?.removeEventListener('abort', onAbort);
      stream.destroy();
      end ??= new CancelledError();
      interrupt(end);
    },
  };
}

/** Before, between and after reads a stream that fails has nobody to tell, and would take Node-RED down. */
export function ignoreFailure(stream: Readable): void {
  stream.on('error', () => undefined);
}

export function closeUnread(stream: Readable): void {
  ignoreFailure(stream);
  stream.destroy();
}

function bytesOf(piece: unknown): Buffer {
  if (Buffer.isBuffer(piece)) return piece;
  if (piece instanceof Uint8Array) return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  throw new InvalidError('INPUT_INVALID', 'the stream of the recording gives no bytes', {
    params: { what: 'audio' },
  });
}

function silence(ms: number): Error {
  return broken(`gave nothing for ${Math.round(ms / 1000)} s`);
}

/** It may come whole the next time. */
export function broken(reason: string): UnreachableError {
  return new UnreachableError('SPEECHSENSE_RECORDING', `the recording ${reason}`, {
    sent: false,
    params: { reason },
  });
}

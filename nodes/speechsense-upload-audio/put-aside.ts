import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { startTimer, systemClock, type Clock } from '../../lib/core/clock';
import { CancelledError, InvalidError, UnreachableError } from '../../lib/core/errors';
import { writeTempFile, type TempFile } from '../../lib/bitrix24/files/temp-file';
import type { OpenedRecording, RecordingSource } from '../../lib/speechsense/recording-reader';
import { LARGEST_RECORDING_BYTES, unreadable, type Recording } from './recordings';

export interface PuttingAside {
  readonly signal: AbortSignal;
  readonly mostBytes?: number;
  /** The longest wait for a piece. */
  readonly silenceMs?: number;
  readonly clock?: Clock;
}

/**
 * Fetched once, when it is first wanted, and read from a temporary file from then on. A fetch that fails is made again
 * by whoever asks again.
 */
export function putAside(fetch: RecordingSource, options: PuttingAside): Recording {
  let file: Promise<TempFile> | undefined;

  async function fetched(): Promise<TempFile> {
    const { signal } = options;
    if (signal.aborted) throw new CancelledError();
    const opened = await fetch(signal);
    try {
      return await write(opened, options);
    } catch (error) {
      throw signal.aborted ? new CancelledError() : error;
    } finally {
      opened.stream.destroy();
    }
  }

  return {
    async open() {
      file ??= fetched().catch((error: unknown) => {
        file = undefined;
        throw error;
      });
      const { path, size } = await file;
      return { stream: createReadStream(path), bytes: size };
    },
    isAtHand: true,
    async release() {
      const written = await file?.catch(() => undefined);
      await written?.remove();
    },
  };
}

/** A stream can be read once, by whoever comes first; so it is put aside, for another try may want it again. */
export function recordingOfStream(stream: Readable, options: PuttingAside): Recording {
  // It may fail before anybody reads it, and would take Node-RED down.
  stream.on('error', () => undefined);
  const kept = putAside(async () => ({ stream }), options);
  let failure: Error | undefined;
  return {
    isAtHand: true,
    async open(signal) {
      if (failure) throw failure;
      return kept.open(signal).catch((error: unknown) => {
        // Final, whatever it is: what was read of it is gone.
        failure = error instanceof CancelledError ? error : unreadable(error);
        throw failure;
      });
    },
    async release() {
      await kept.release();
      stream.destroy();
    },
  };
}

async function write({ stream, bytes }: OpenedRecording, options: PuttingAside): Promise<TempFile> {
  const file = await writeTempFile(watched(stream, options), options.signal);
  if (bytes === undefined || bytes === file.size) return file;
  await file.remove();
  const reason = `ended after ${file.size} of ${bytes} bytes`;
  throw new UnreachableError('SPEECHSENSE_RECORDING', `the recording ${reason}`, {
    sent: false,
    params: { reason },
  });
}

/** Its bytes, as long as they come, and no more of them than a recording can have. */
async function* watched(
  stream: Readable,
  { signal, mostBytes = LARGEST_RECORDING_BYTES, silenceMs = 60_000, clock = systemClock }: PuttingAside,
): AsyncGenerator<Buffer> {
  // Whoever waits for a piece that does not come waits on, also when nobody wants it any more.
  const onAbort = (): void => void stream.destroy(new CancelledError());
  signal.addEventListener('abort', onAbort, { once: true });
  const wait = (): (() => void) =>
    startTimer(clock, silenceMs, () => void stream.destroy(tooQuiet(silenceMs)));
  let stopWaiting = wait();
  let bytes = 0;
  try {
    for await (const piece of stream) {
      stopWaiting();
      const given: unknown = piece;
      if (!(given instanceof Uint8Array)) throw noBytes();
      bytes += given.byteLength;
      if (bytes > mostBytes) throw tooLarge(mostBytes);
      yield Buffer.from(given.buffer, given.byteOffset, given.byteLength);
      stopWaiting = wait();
    }
  } finally {
    stopWaiting();
    signal.removeEventListener('abort', onAbort);
  }
}

function noBytes(): Error {
  return new InvalidError('INPUT_INVALID', 'the stream of the recording gives no bytes', {
    params: { what: 'audio' },
  });
}

function tooLarge(mostBytes: number): Error {
  const limit = `> ${Math.floor(mostBytes / (1024 * 1024))} MB`;
  return new InvalidError('SPEECHSENSE_RECORDING', `the recording is too large: ${limit}`, {
    params: { reason: limit },
  });
}

function tooQuiet(ms: number): Error {
  const reason = `gave nothing for ${Math.round(ms / 1000)} s`;
  return new UnreachableError('SPEECHSENSE_RECORDING', `the recording ${reason}`, {
    sent: false,
    params: { reason },
  });
}

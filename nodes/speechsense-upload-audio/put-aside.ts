import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { systemClock, type Clock } from '../../lib/core/clock';
import { CancelledError, InvalidError } from '../../lib/core/errors';
import { LARGEST_RECORDING_BYTES } from '../../lib/bitrix24/calls/recording';
import { writeTempFile, type TempFile } from '../../lib/bitrix24/files/temp-file';
import type { OpenedRecording, RecordingSource } from '../../lib/speechsense/recording-reader';
import {
  broken,
  closeUnread,
  ignoreFailure,
  longestReadingMs,
  openWatched,
  watchPieces,
} from '../../lib/speechsense/watched-source';
import { unreadable, type Recording } from './recordings';
import { temporaryRoom, type TemporaryRoom } from './temporary-room';

export interface PuttingAside {
  readonly signal: AbortSignal;
  readonly mostBytes?: number;
  /** The longest wait for a piece. */
  readonly silenceMs?: number;
  /** The longest wait for all of them together. */
  readonly totalMs?: number;
  readonly clock?: Clock;
  readonly room?: TemporaryRoom;
}

/**
 * Fetched once, when it is first wanted, and read from a temporary file from then on. A fetch that fails is made again
 * by whoever asks again.
 */
export function putAside(fetch: RecordingSource, options: PuttingAside): Recording {
  let file: Promise<TempFile> | undefined;

  async function fetched(): Promise<TempFile> {
    const { signal, silenceMs = 60_000, clock = systemClock } = options;
    try {
      const opened = await openWatched(() => fetch(signal), { silenceMs, clock, signal }, 1);
      return await write(opened, options);
    } catch (error) {
      throw signal.aborted ? new CancelledError() : error;
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
  ignoreFailure(stream);
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
      closeUnread(stream);
    },
  };
}

async function write({ stream, bytes }: OpenedRecording, options: PuttingAside): Promise<TempFile> {
  const { signal, mostBytes = LARGEST_RECORDING_BYTES, room = temporaryRoom } = options;
  const { silenceMs = 60_000, totalMs = longestReadingMs(bytes), clock = systemClock } = options;
  const watched = watchPieces(stream, { silenceMs, totalMs, clock, signal });
  const place = room.enter();
  try {
    const written = await writeTempFile(fitting(watched.pieces, mostBytes, place.take), signal);
    const file = { ...written, remove: () => written.remove().finally(place.leave) };
    if (bytes === undefined || bytes === file.size) return file;
    await file.remove();
    throw broken(`ended after ${file.size} of ${bytes} bytes`);
  } catch (error) {
    place.leave();
    throw error;
  } finally {
    watched.close();
  }
}

/** No more than a recording can have, and than there is room for. */
async function* fitting(
  pieces: AsyncIterable<Buffer>,
  mostBytes: number,
  take: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > mostBytes) throw tooLarge(mostBytes);
    take(piece.length);
    yield piece;
  }
}

function tooLarge(mostBytes: number): Error {
  const limit = `> ${Math.floor(mostBytes / (1024 * 1024))} MB`;
  return new InvalidError('SPEECHSENSE_RECORDING', `the recording is too large: ${limit}`, {
    params: { reason: limit },
  });
}

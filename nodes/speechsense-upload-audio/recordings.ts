import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { BitlaneError, CancelledError, InvalidError, UnreachableError, toError } from '../../lib/core/errors';
import type { HttpClient } from '../../lib/core/http';
import { LARGEST_RECORDING_BYTES } from '../../lib/bitrix24/calls/recording';
import { getFile, lengthIn } from '../../lib/bitrix24/files/get-file';
import type { RecordingSource } from '../../lib/speechsense/recording-reader';

/** A recording that can be opened as often as it is asked for. */
export interface Recording {
  readonly open: RecordingSource;
  /** To read it costs nothing but time: nobody is asked for it. */
  readonly isAtHand: boolean;
  /** Takes away what was put aside for it. */
  readonly release: () => Promise<void>;
}

const sliceBytes = 64 * 1024;
const nothingToRelease = (): Promise<void> => Promise.resolve();

export function recordingOfBytes(bytes: Uint8Array): Recording {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  function* slices(): Generator<Buffer> {
    for (let at = 0; at < whole.length; at += sliceBytes) yield whole.subarray(at, at + sliceBytes);
  }
  return {
    open: async () => ({ stream: Readable.from(slices(), { objectMode: false }), bytes: whole.length }),
    isAtHand: true,
    release: nothingToRelease,
  };
}

export function recordingAtPath(path: string): Recording {
  return {
    async open() {
      const found = await stat(path).catch((error: unknown) => {
        throw unreadable(error);
      });
      // Of a pipe or a device nobody knows the end.
      if (!found.isFile()) throw unreadable(Object.assign(new Error(), { code: 'EISDIR' }));
      const stream = createReadStream(path, { highWaterMark: sliceBytes });
      await once(stream, 'open').catch((error: unknown) => {
        throw unreadable(error);
      });
      return { stream, bytes: found.size };
    },
    isAtHand: true,
    release: nothingToRelease,
  };
}

export function recordingAtAddress(address: string, http: HttpClient): Recording {
  return {
    async open(signal) {
      const request = { http, signal, maxBytes: LARGEST_RECORDING_BYTES };
      const { status, headers, body } = await getFile(address, request).catch(asBadAddress);
      if (status === 200) return { stream: body, bytes: lengthIn(headers) };
      body.destroy();
      throw refusedWith(status);
    },
    isAtHand: false,
    release: nothingToRelease,
  };
}

/** The same bytes are the same talk, wherever they come from. */
export async function digestOf(recording: Recording, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    const { stream } = await recording.open(signal);
    for await (const piece of stream) {
      if (signal.aborted) throw new CancelledError();
      if (piece instanceof Uint8Array) hash.update(piece);
    }
  } catch (error) {
    throw unreadable(error);
  }
  return hash.digest('hex');
}

const sentences: Readonly<Record<string, string>> = {
  ENOENT: 'there is no file at this path',
  EISDIR: 'the path does not lead to a file',
  EACCES: 'Node-RED may not read this file',
  EPERM: 'Node-RED may not read this file',
  ENOSPC: 'there is no room left for temporary files',
};

/** Without the path: recordings are often named by the number that was called. */
export function unreadable(thrown: unknown): Error {
  const error = toError(thrown);
  if (error instanceof BitlaneError) return error;
  const given: unknown = Reflect.get(error, 'code');
  const reason = typeof given === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(given) ? given : 'UNKNOWN';
  const message = sentences[reason] ?? `the recording could not be read (${reason})`;
  return new InvalidError('SPEECHSENSE_RECORDING', message, { params: { reason } });
}

function asBadAddress(error: unknown): never {
  const isBad = error instanceof BitlaneError && error.code === 'INPUT_INVALID';
  if (!isBad) throw error;
  throw new InvalidError('SPEECHSENSE_RECORDING', 'the address of the recording cannot be read', {
    params: { reason: 'URL' },
  });
}

function refusedWith(status: number): Error {
  const message = `the address of the recording answered with status ${status}`;
  const params = { reason: `HTTP ${status}` };
  const mayPass = status === 408 || status === 429 || status >= 500;
  if (!mayPass) return new InvalidError('SPEECHSENSE_RECORDING', message, { params });
  return new UnreachableError('SPEECHSENSE_RECORDING', message, { sent: false, params });
}

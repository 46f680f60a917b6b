import { CancelledError, InvalidError } from '../../core/errors';
import type { HttpClient } from '../../core/http';
import type { FilePart } from '../../core/parts';
import { onAbort } from '../../core/unless-aborted';
import { sourceAtPath, sourceOfBytes } from '../files/byte-sources';
import { fetchedSource, tooLarge } from '../files/fetched-source';
import { safeName } from '../files/file-name';
import type { ByteSource } from '../rest/streamed-body';

/** A file that can be sent. Nothing of it is in memory, unless it came from there. */
export interface ReadyFile {
  readonly name: string;
  readonly content: ByteSource;
  /** To be called however the sending ended. Done by itself when the signal comes before the sending began. */
  readonly release: () => Promise<void>;
}

export interface FileSource {
  /** Whatever can be wrong with the file is told here, before the portal is asked. */
  read(file: FilePart, signal: AbortSignal): Promise<ReadyFile>;
}

/**
 * The portal takes 100 MB. Whether it counts the bytes or their base64 form its documentation does not say, so the
 * longer of the two stays within: three bytes become four characters.
 */
const LARGEST_BYTES = (100 / 4) * 3 * 1024 * 1024;
export const FILE_HTTP_LIMITS = { timeoutMs: 60_000, maxResponseBytes: LARGEST_BYTES };

/** `httpFor` gives a client that trusts no address but those of builders it knows: a bot named this one. */
export function createFileSource(httpFor: (address: string) => HttpClient): FileSource {
  return {
    async read(file, signal) {
      const content = await openContent(file, httpFor, signal);
      try {
        checkSize(content.size);
        if (signal.aborted) throw new CancelledError();
      } catch (error) {
        await content.release();
        throw error;
      }
      return { name: safeName(file.name), ...releasedWhenUnwanted(content, signal) };
    },
  };
}

function releasedWhenUnwanted(
  { size, open, release }: ReleasedContent,
  signal: AbortSignal,
): Omit<ReadyFile, 'name'> {
  const stopListening = onAbort(signal, () => void release().catch(() => undefined));
  const content: ByteSource = {
    size,
    open(ofRequest) {
      stopListening();
      return open(ofRequest);
    },
  };
  return {
    content,
    release() {
      stopListening();
      return release();
    },
  };
}

type ReleasedContent = ByteSource & Pick<ReadyFile, 'release'>;

async function openContent(
  file: FilePart,
  httpFor: (address: string) => HttpClient,
  signal: AbortSignal,
): Promise<ReleasedContent> {
  const nothingHeld = { release: () => Promise.resolve() };
  if (file.data) return { ...sourceOfBytes(file.data), ...nothingHeld };
  if (file.path !== undefined) return { ...(await sourceAtPath(file.path)), ...nothingHeld };
  if (file.url !== undefined) {
    return fetchedSource(file.url, { http: httpFor(file.url), signal, maxBytes: LARGEST_BYTES });
  }
  throw unusable('a file needs data, a path or an address');
}

function checkSize(size: number): void {
  if (size === 0) throw unusable('the file is empty');
  if (size > LARGEST_BYTES) throw tooLarge(LARGEST_BYTES);
}

function unusable(message: string): InvalidError {
  return new InvalidError('INPUT_INVALID', message, { params: { what: 'msg.parts' } });
}

import type { Readable } from 'node:stream';
import { CancelledError, InvalidError, UnreachableError } from '../../core/errors';
import type { HttpClient } from '../../core/http';
import type { ByteSource } from '../rest/streamed-body';
import { getFile, lengthIn } from './get-file';
import { spool } from './spool';

export interface FetchedSource extends ByteSource {
  /** Closes what is open and removes what was put on disk. */
  readonly release: () => Promise<void>;
}

export interface FetchOptions {
  readonly http: HttpClient;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
}

/**
 * A file that lies at an address. When its server tells how long it is, it passes straight through; otherwise it is
 * put on disk first, for a request must tell its length before it begins.
 */
export async function fetchedSource(address: string, options: FetchOptions): Promise<FetchedSource> {
  const { maxBytes, signal } = options;
  const { body, size } = await download(address, options);
  if (size !== undefined) return passedThrough({ body, size }, () => download(address, options));
  try {
    const { remove, ...source } = await spool(body, signal);
    return { ...source, release: remove };
  } catch (error) {
    if (signal.aborted) throw new CancelledError();
    const isTooLarge = error instanceof UnreachableError && error.params['reason'] === 'TOO_LARGE';
    throw isTooLarge ? tooLarge(maxBytes) : error;
  }
}

interface Download {
  body: Readable;
  size: number | undefined;
}

async function download(address: string, { http, signal, maxBytes }: FetchOptions): Promise<Download> {
  const { status, headers, body } = await getFile(address, { http, signal, maxBytes });
  const size = lengthIn(headers);
  const fault =
    status !== 200
      ? unusable(`the file's address answered with status ${status}`)
      : size !== undefined && size > maxBytes
        ? tooLarge(maxBytes)
        : undefined;
  if (!fault) return { body, size };
  body.destroy();
  throw fault;
}

/** The stream that told the length is the first one to be read; who wants to read again downloads again. */
function passedThrough(
  first: { body: Readable; size: number },
  again: () => Promise<Download>,
): FetchedSource {
  const opened = [first.body];
  let unread: Readable | undefined = first.body;
  return {
    size: first.size,
    async open() {
      const kept = unread;
      unread = undefined;
      // While it waited for its turn, its server may have lost patience.
      if (kept && !kept.destroyed) return kept;
      const { body } = await again();
      opened.push(body);
      return body;
    },
    async release() {
      for (const body of opened) body.destroy();
    },
  };
}

export function tooLarge(maxBytes: number): InvalidError {
  const megabytes = Math.floor(maxBytes / (1024 * 1024));
  return unusable(
    `the file is larger than ${megabytes} MB; the portal takes 100 MB, in which a file is a third longer than by itself`,
  );
}

function unusable(message: string): InvalidError {
  return new InvalidError('INPUT_INVALID', message, { params: { what: 'msg.parts' } });
}

import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { ByteSource } from '../rest/streamed-body';
import { writeTempFile } from './temp-file';

export interface Spooled extends ByteSource {
  readonly remove: () => Promise<void>;
}

/** Puts a stream of unknown length on disk, for its owner's eyes only. Gone again when the stream fails. */
export async function spool(body: Readable, signal: AbortSignal): Promise<Spooled> {
  const { path, size, remove } = await writeTempFile(body, signal);
  return { size, open: async () => createReadStream(path), remove };
}

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteSource } from '../rest/streamed-body';

export interface Spooled extends ByteSource {
  readonly remove: () => Promise<void>;
}

/** Puts a stream of unknown length on disk, for its owner's eyes only. Gone again when the stream fails. */
export async function spool(body: Readable, signal: AbortSignal): Promise<Spooled> {
  const folder = await mkdtemp(join(tmpdir(), 'bitlane-'));
  const path = join(folder, 'file');
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(body, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
    const { size } = await stat(path);
    return { size, open: async () => createReadStream(path), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

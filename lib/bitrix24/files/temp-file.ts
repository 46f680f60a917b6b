import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface TempFile {
  readonly path: string;
  readonly size: number;
  readonly remove: () => Promise<void>;
}

const prefix = 'bitlane-file-';

/**
 * Puts a stream on disk, in a folder of its own and for its owner's eyes only. Gone again when the stream fails. The
 * name on disk is ours: a person's own could be anything.
 */
export async function writeTempFile(
  body: Readable | AsyncIterable<Buffer>,
  signal: AbortSignal,
  extension?: string,
): Promise<TempFile> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  const ending = extension !== undefined && /^[a-z0-9]{1,16}$/.test(extension) ? `.${extension}` : '';
  const path = join(folder, `file${ending}`);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(body, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
    const { size } = await stat(path);
    return { path, size, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** What a process that died has left behind. Whatever is younger may be in use by another one. */
export async function removeOldTempFiles(olderThanMs: number): Promise<void> {
  const root = tmpdir();
  const names = await readdir(root).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(prefix))) {
    const folder = join(root, name);
    const changedAt = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    );
    // Somebody else's stays.
    if (Date.now() - changedAt > olderThanMs) {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

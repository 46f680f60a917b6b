import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { locked, unavailable } from './failures';
import { newProbeName } from './file-names';
import { diskFiles } from './files';
import { findHolder } from './lock';
import { systemProcesses } from './process-view';
import { quietly } from './segment';

export interface FolderTrial {
  freeBytes: number;
  /** How long it took to bring a small file to the disk. */
  syncMs: number;
}

/**
 * Whether a store could live here, without opening one and without leaving anything behind. Rejects with
 * STORE_UNAVAILABLE, or with STORE_LOCKED while another process uses the folder.
 */
export async function tryFolder(folder: string): Promise<FolderTrial> {
  const holder = await findHolder(folder, diskFiles, systemProcesses);
  if (holder && holder.pid !== process.pid) throw locked(holder.pid, holder.host);
  try {
    const firstMade = await fs.mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      return { syncMs: await writeProbe(folder), freeBytes: await freeBytesAt(folder) };
    } finally {
      if (firstMade !== undefined) await removeEmpty(folder, firstMade);
    }
  } catch (fault) {
    throw unavailable(fault, false);
  }
}

async function writeProbe(folder: string): Promise<number> {
  const path = join(folder, newProbeName());
  const start = performance.now();
  const file = await diskFiles.create(path);
  try {
    await file.append(Buffer.from('probe'));
    await file.sync();
    return performance.now() - start;
  } finally {
    await quietly(file.close());
    await quietly(diskFiles.remove(path));
  }
}

async function freeBytesAt(folder: string): Promise<number> {
  const { bavail, bsize } = await fs.statfs(folder);
  return bavail * bsize;
}

/** Goes up from the folder to the first that was made; one that is no longer empty stays. */
async function removeEmpty(folder: string, firstMade: string): Promise<void> {
  for (let path = folder; path.length >= firstMade.length; path = dirname(path)) {
    await quietly(fs.rmdir(path));
  }
}

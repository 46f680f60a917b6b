import { constants, readFileSync, rmSync } from 'node:fs';
import * as fs from 'node:fs/promises';

/** All that the embedded store asks of a disk, so that tests can fill, slow, tear and break one. */
export interface StoreFiles {
  makeFolder(path: string): Promise<void>;
  list(folder: string): Promise<string[]>;
  /** Makes a file that was not there, readable by its owner alone. Rejects with EEXIST. */
  create(path: string): Promise<StoreFile>;
  read(path: string): Promise<Buffer>;
  /** Replaces what is at `to`. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  truncate(path: string, length: number): Promise<void>;
  /** Makes new and changed names survive a power cut. */
  syncFolder(folder: string): Promise<void>;
  modifiedAt(path: string): Promise<number>;
  /** Sets the time of change to now. */
  touch(path: string): Promise<void>;
  /** These two do not wait: for the end of the process, when nothing later happens any more. */
  readNow(path: string): Buffer;
  removeNow(path: string): void;
}

export interface StoreFile {
  /** Writes all of it to the end. */
  append(bytes: Buffer): Promise<void>;
  /** Makes what was appended survive a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

const isWindows = process.platform === 'win32';

export const diskFiles: StoreFiles = {
  async makeFolder(path) {
    await fs.mkdir(path, { recursive: true, mode: 0o700 });
  },
  list: (folder) => fs.readdir(folder),
  async create(path) {
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_APPEND;
    return diskFile(await fs.open(path, flags, 0o600));
  },
  read: (path) => fs.readFile(path),
  rename: (from, to) => patiently(() => fs.rename(from, to)),
  remove: (path) => patiently(() => fs.rm(path, { force: true })),
  truncate: (path, length) => fs.truncate(path, length),
  async syncFolder(folder) {
    // Windows can neither open a folder nor needs to.
    if (isWindows) return;
    const handle = await fs.open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  },
  modifiedAt: async (path) => (await fs.stat(path)).mtimeMs,
  async touch(path) {
    const now = new Date();
    await fs.utimes(path, now, now);
  },
  readNow: (path) => readFileSync(path),
  removeNow: (path) => rmSync(path, { force: true }),
};

function diskFile(handle: fs.FileHandle): StoreFile {
  return {
    append: (bytes) => handle.appendFile(bytes),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

/** A virus scanner on Windows holds new files open for a moment, and nobody can rename them meanwhile. */
async function patiently(step: () => Promise<void>): Promise<void> {
  for (const pauseMs of isWindows ? [20, 80, 300] : []) {
    try {
      return await step();
    } catch (fault) {
      if (!['EPERM', 'EBUSY', 'EACCES'].includes(codeOf(fault))) throw fault;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  return step();
}

/** ENOSPC and the like; empty when the failure has no code. */
export function codeOf(fault: unknown): string {
  return fault instanceof Error && 'code' in fault && typeof fault.code === 'string' ? fault.code : '';
}

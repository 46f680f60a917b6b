import { dirname } from 'node:path';
import type { StoreFile, StoreFiles } from '../../../lib/store/files';

export type DiskStep =
  | 'makeFolder'
  | 'list'
  | 'create'
  | 'append'
  | 'sync'
  | 'read'
  | 'rename'
  | 'remove'
  | 'truncate'
  | 'syncFolder';

interface DiskFile {
  chunks: Buffer[];
  /** What a power cut leaves. */
  syncedBytes: number;
  modifiedAt: number;
}

/** A disk in memory that can be made to fail, to wait, to lose its power. */
export interface TestDisk {
  files: StoreFiles;
  /** Called before each step; what it throws is the step's failure, what it waits for holds the step up. */
  before: (step: DiskStep, path: string) => Promise<void> | void;
  names(): string[];
  content(path: string): Buffer;
  put(path: string, content: Buffer): void;
  /** How often a step was asked for. */
  count(step: DiskStep): number;
  /** The disk as a process that starts now would find it, when this one is killed. */
  afterKill(): TestDisk;
  /** The same after a power cut: of what was not synced, `keep` of each file is left, and no new name. */
  afterPowerCut(keep?: number): TestDisk;
  totalBytes(): number;
}

export class DiskFault extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export function createTestDisk(
  names = new Map<string, DiskFile>(),
  durableNames = new Map<string, DiskFile>(names),
): TestDisk {
  const counts = new Map<DiskStep, number>();
  const step = async (name: DiskStep, path: string): Promise<void> => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    await disk.before(name, path);
  };
  const find = (path: string): DiskFile => {
    const file = names.get(path);
    if (!file) throw new DiskFault('ENOENT');
    return file;
  };

  const opened = (path: string, file: DiskFile): StoreFile => ({
    async append(bytes) {
      await step('append', path);
      file.chunks.push(Buffer.from(bytes));
    },
    async sync() {
      const covered = sizeOf(file);
      await step('sync', path);
      file.syncedBytes = Math.max(file.syncedBytes, covered);
    },
    async close() {},
  });

  const files: StoreFiles = {
    makeFolder: (path) => step('makeFolder', path),
    async list(folder) {
      await step('list', folder);
      return [...names.keys()].filter((path) => dirname(path) === folder).map(baseName);
    },
    async create(path) {
      await step('create', path);
      if (names.has(path)) throw new DiskFault('EEXIST');
      const file = { chunks: [], syncedBytes: 0, modifiedAt: 1 };
      names.set(path, file);
      return opened(path, file);
    },
    async read(path) {
      await step('read', path);
      return Buffer.concat(find(path).chunks);
    },
    async rename(from, to) {
      await step('rename', from);
      names.set(to, find(from));
      names.delete(from);
    },
    async remove(path) {
      await step('remove', path);
      names.delete(path);
    },
    async truncate(path, length) {
      await step('truncate', path);
      const file = find(path);
      file.chunks = [Buffer.concat(file.chunks).subarray(0, length)];
    },
    async syncFolder(folder) {
      await step('syncFolder', folder);
      for (const path of [...durableNames.keys()]) if (dirname(path) === folder) durableNames.delete(path);
      for (const [path, file] of names) if (dirname(path) === folder) durableNames.set(path, file);
    },
    modifiedAt: async (path) => find(path).modifiedAt,
    async touch(path) {
      find(path).modifiedAt += 1;
    },
    readNow: (path) => Buffer.concat(find(path).chunks),
    removeNow: (path) => void names.delete(path),
  };

  const disk: TestDisk = {
    files,
    before: () => undefined,
    names: () => [...names.keys()].map(baseName).sort(),
    content: (path) => Buffer.concat(find(path).chunks),
    put(path, content) {
      const file = { chunks: [content], syncedBytes: content.length, modifiedAt: 1 };
      names.set(path, file);
      durableNames.set(path, file);
    },
    count: (name) => counts.get(name) ?? 0,
    afterKill: () => createTestDisk(copyOf(names, (file) => sizeOf(file))),
    afterPowerCut: (keep = 0) =>
      createTestDisk(
        copyOf(durableNames, (file) =>
          Math.floor(file.syncedBytes + keep * (sizeOf(file) - file.syncedBytes)),
        ),
      ),
    totalBytes: () => [...names.values()].reduce((sum, file) => sum + sizeOf(file), 0),
  };
  return disk;
}

const sizeOf = (file: DiskFile): number => file.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
const baseName = (path: string): string => path.split(/[\\/]/).at(-1) ?? '';

function copyOf(names: Map<string, DiskFile>, left: (file: DiskFile) => number): Map<string, DiskFile> {
  const copies = [...names].map(([path, file]): [string, DiskFile] => {
    const content = Buffer.from(Buffer.concat(file.chunks).subarray(0, left(file)));
    return [path, { chunks: [content], syncedBytes: content.length, modifiedAt: file.modifiedAt }];
  });
  return new Map(copies);
}

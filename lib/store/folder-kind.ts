import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { startTimer, systemClock, type Clock } from '../core/clock';
import { codeOf } from './files';

/**
 * `network`: kept by another machine, or by the one around this virtual one; what it confirms may not be on a disk.
 * `program`: served by a program (FUSE), which may keep it anywhere.
 */
export type FolderKind =
  { kind: 'local' } | { kind: 'network'; fileSystem: string } | { kind: 'program'; fileSystem: string };

export interface FolderJudge {
  /** The number by which the system knows the kind of file system at a path. */
  typeOf: (path: string) => Promise<bigint>;
  platform: NodeJS.Platform;
  clock: Clock;
}

/** A file system whose server is away answers nobody. */
const LIMIT_MS = 2000;

/** Of Linux; elsewhere these numbers mean something else. */
const networkTypes: ReadonlyMap<bigint, string> = new Map([
  [0x6969n, 'NFS'],
  [0x517bn, 'SMB'],
  [0xff534d42n, 'SMB'],
  [0xfe534d42n, 'SMB'],
  [0x01021997n, '9P'],
  [0x564cn, 'NCP'],
  [0x5346414fn, 'AFS'],
  [0x73757245n, 'Coda'],
  [0x00c36400n, 'Ceph'],
  [0x0bd00bd0n, 'Lustre'],
  [0x786f4256n, 'vboxsf'],
]);
const FUSE = 0x65735546n;

const here: FolderJudge = {
  typeOf: async (path) => (await statfs(path, { bigint: true })).type,
  platform: process.platform,
  clock: systemClock,
};

/** Of the folder, or of the place where it would be made. Never rejects: what cannot be told counts as local. */
export async function folderKind(folder: string, judge: Partial<FolderJudge> = {}): Promise<FolderKind> {
  const { typeOf, platform, clock } = { ...here, ...judge };
  if (platform !== 'linux') return kindByPath(folder);
  let stopTimer = (): void => undefined;
  const tooLate = new Promise<undefined>((give) => {
    stopTimer = startTimer(clock, LIMIT_MS, () => give(undefined));
  });
  try {
    const type = await Promise.race([typeOfNearest(resolve(folder), typeOf), tooLate]);
    return type === undefined ? kindByPath(folder) : kindByType(type);
  } catch {
    return kindByPath(folder);
  } finally {
    stopTimer();
  }
}

async function typeOfNearest(path: string, typeOf: FolderJudge['typeOf']): Promise<bigint> {
  try {
    return await typeOf(path);
  } catch (fault) {
    const above = dirname(path);
    if (codeOf(fault) !== 'ENOENT' || above === path) throw fault;
    return typeOfNearest(above, typeOf);
  }
}

/** With 32 bits the number has a sign, which would be drawn out to the left. */
function kindByType(type: bigint): FolderKind {
  const number = BigInt.asUintN(32, type);
  if (number === FUSE) return { kind: 'program', fileSystem: 'FUSE' };
  const fileSystem = networkTypes.get(number);
  return fileSystem === undefined ? { kind: 'local' } : { kind: 'network', fileSystem };
}

/** `\\server\share` and the like. A drive letter or a mount point tells nothing. */
function kindByPath(folder: string): FolderKind {
  return /^(?:\\\\|\/\/)[^\\/?.]/.test(folder) ? { kind: 'network', fileSystem: 'SMB' } : { kind: 'local' };
}

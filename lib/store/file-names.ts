import { randomBytes } from 'node:crypto';

/**
 * The names carry what is needed to read a file whose beginning is damaged:
 * `journal-<index>-<first number>-<salt>.log` and `snapshot-<last number>-<salt>.db`.
 */
export interface SegmentName {
  name: string;
  index: number;
  /** Records of earlier segments from this number on are void: this segment says them again, or something else. */
  firstSeq: number;
  salt: number;
}

export interface SnapshotName {
  name: string;
  /** The last change that it certainly holds. */
  seq: number;
  salt: number;
}

export const lockName = 'lock';
/** Every file begins with it. The last byte is the version. */
export const fileMark = Buffer.from('BITLANE\x01');

const digits = (value: number): string => String(value).padStart(16, '0');
const hex = (salt: number): string => salt.toString(16).padStart(8, '0');
const newSalt = (): number => randomBytes(4).readUInt32LE(0);

export function newSegmentName(index: number, firstSeq: number): SegmentName {
  const salt = newSalt();
  return { index, firstSeq, salt, name: `journal-${digits(index)}-${digits(firstSeq)}-${hex(salt)}.log` };
}

export function newSnapshotName(seq: number): SnapshotName {
  const salt = newSalt();
  return { seq, salt, name: `snapshot-${digits(seq)}-${hex(salt)}.db` };
}

export function parseSegmentName(name: string): SegmentName | undefined {
  const found = /^journal-(\d{16})-(\d{16})-([0-9a-f]{8})\.log$/.exec(name);
  if (!found) return undefined;
  return { name, index: Number(found[1]), firstSeq: Number(found[2]), salt: parseInt(found[3] ?? '', 16) };
}

export function parseSnapshotName(name: string): SnapshotName | undefined {
  const found = /^snapshot-(\d{16})-([0-9a-f]{8})\.db$/.exec(name);
  return found ? { name, seq: Number(found[1]), salt: parseInt(found[2] ?? '', 16) } : undefined;
}

/** A file of no meaning, to see whether the folder can be written. */
export const newProbeName = (): string => `probe-${hex(newSalt())}.tmp`;

/** What a crash may leave behind. */
export const isLeftover = (name: string): boolean => /^(snapshot|lock|probe)-.*\.tmp$/.test(name);

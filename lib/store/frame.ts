import { crc32 } from './crc32';

/**
 * How a record lies in a file:
 *
 *   0 mark (4) | 4 body length (4) | 8 number (8) | 16 time (8) | 24 CRC of body (4) | 28 CRC of header (4) | body
 *
 * The header has a check of its own, so a damaged body still tells where the next record begins; behind a
 * damaged header the next mark with a good header is looked for. The header's check is mixed with the file's
 * salt, so nobody can plant a record inside a value that is found when the record around it is damaged.
 */
export interface Frame {
  /** The place in the order of all changes. */
  seq: number;
  /** When it was written, by the store's clock. */
  time: number;
  body: Buffer;
  bodyCrc: number;
}

export const headerLength = 32;
export const longestBody = 64 * 1024 * 1024;
const mark = Buffer.from([0xb1, 0x7a, 0x1e, 0x0a]);

export function makeFrame(seq: number, time: number, body: Buffer): Frame {
  return { seq, time, body, bodyCrc: crc32(body) };
}

export const frameLength = (frame: Frame): number => headerLength + frame.body.length;

export function frameHeader(frame: Frame, salt: number): Buffer {
  const header = Buffer.allocUnsafe(headerLength);
  mark.copy(header);
  header.writeUInt32LE(frame.body.length, 4);
  header.writeDoubleLE(frame.seq, 8);
  header.writeDoubleLE(frame.time, 16);
  header.writeUInt32LE(frame.bodyCrc, 24);
  header.writeUInt32LE(headerCheck(header, 0, salt), 28);
  return header;
}

export function joinFrames(frames: readonly Frame[], salt: number): Buffer {
  return Buffer.concat(frames.flatMap((frame) => [frameHeader(frame, salt), frame.body]));
}

export type Found =
  | { kind: 'frame'; frame: Frame; end: number }
  /** `records` is the least number of records that lay there. */
  | { kind: 'damage'; start: number; end: number; records: number };

/** Everything from `start` on, damaged stretches included, in the order of the file. */
export function* findFrames(bytes: Buffer, salt: number, start: number): Generator<Found> {
  let at = start;
  let damage: { start: number; records: number } | undefined;
  const spoil = (): void => {
    damage = { start: damage?.start ?? at, records: (damage?.records ?? 0) + 1 };
  };
  while (at < bytes.length) {
    if (!hasGoodHeader(bytes, at, salt)) {
      spoil();
      at = nextGoodHeader(bytes, at + 1, salt);
      continue;
    }
    const end = at + headerLength + bytes.readUInt32LE(at + 4);
    const frame = end <= bytes.length ? frameAt(bytes, at, end) : undefined;
    if (!frame) {
      spoil();
      at = Math.min(end, bytes.length);
      continue;
    }
    if (damage) yield { kind: 'damage', ...damage, end: at };
    damage = undefined;
    yield { kind: 'frame', frame, end };
    at = end;
  }
  if (damage) yield { kind: 'damage', ...damage, end: bytes.length };
}

function frameAt(bytes: Buffer, at: number, end: number): Frame | undefined {
  const bodyCrc = bytes.readUInt32LE(at + 24);
  const body = bytes.subarray(at + headerLength, end);
  if (crc32(body) !== bodyCrc) return undefined;
  return { seq: bytes.readDoubleLE(at + 8), time: bytes.readDoubleLE(at + 16), body, bodyCrc };
}

function nextGoodHeader(bytes: Buffer, from: number, salt: number): number {
  let at = bytes.indexOf(mark, from);
  while (at >= 0 && !hasGoodHeader(bytes, at, salt)) at = bytes.indexOf(mark, at + 1);
  return at < 0 ? bytes.length : at;
}

function hasGoodHeader(bytes: Buffer, at: number, salt: number): boolean {
  if (at + headerLength > bytes.length) return false;
  if (bytes.readUInt32LE(at) !== mark.readUInt32LE(0)) return false;
  return bytes.readUInt32LE(at + 28) === headerCheck(bytes, at, salt);
}

function headerCheck(bytes: Buffer, at: number, salt: number): number {
  return (crc32(bytes, at, at + 28) ^ salt) >>> 0;
}

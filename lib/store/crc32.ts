/** CRC-32 as in zip and zlib. Node has its own only from 22.2 on. Four bytes a step, or large values would block. */
const tables = makeTables();

function makeTables(): readonly [Int32Array, Int32Array, Int32Array, Int32Array] {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
    first[byte] = rest;
  }
  const following = (table: Int32Array): Int32Array =>
    table.map((value) => (value >>> 8) ^ (first[value & 0xff] ?? 0));
  const second = following(first);
  const third = following(second);
  return [first, second, third, following(third)];
}

export function crc32(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const [t0, t1, t2, t3] = tables;
  let crc = -1;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    crc ^= byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8);
    crc ^= (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
    crc =
      cell(t3, crc & 0xff) ^
      cell(t2, (crc >>> 8) & 0xff) ^
      cell(t1, (crc >>> 16) & 0xff) ^
      cell(t0, crc >>> 24);
  }
  for (; at < end; at += 1) crc = (crc >>> 8) ^ cell(t0, (crc ^ byteAt(bytes, at)) & 0xff);
  return ~crc >>> 0;
}

// The indexes are in range by construction; `?? 0` is for the compiler and costs nothing measurable.
const byteAt = (bytes: Uint8Array, index: number): number => bytes[index] ?? 0;
const cell = (table: Int32Array, index: number): number => table[index] ?? 0;

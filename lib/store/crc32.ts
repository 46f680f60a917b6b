import { crc32 as crc32OfZlib } from 'node:zlib';

/** A call out of JavaScript costs as much as this many bytes. */
const shortRun = 128;
const table = makeTable();

function makeTable(): Int32Array {
  const sums = new Int32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
    sums[byte] = rest;
  }
  return sums;
}

/** CRC-32 as in zip and zlib. */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length): number {
  if (end - start >= shortRun) {
    // To make a view costs as much again.
    return crc32OfZlib(end - start === bytes.length ? bytes : bytes.subarray(start, end));
  }
  let crc = -1;
  // The indexes are in range by construction; `?? 0` is for the compiler and costs nothing measurable.
  for (let at = start; at < end; at += 1) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}

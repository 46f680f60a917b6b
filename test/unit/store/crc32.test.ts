import assert from 'node:assert/strict';
import { crc32 } from '../../../lib/store/crc32';
import { seededRandom } from '../core/random';

/** Bit by bit, as the standard has it. */
function slowCrc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe('crc32', () => {
  const known: [string, number][] = [
    ['', 0],
    ['a', 0xe8b7be43],
    ['abc', 0x352441c2],
    ['123456789', 0xcbf43926],
    ['message digest', 0x20159d7f],
    ['The quick brown fox jumps over the lazy dog', 0x414fa339],
  ];
  for (const [text, sum] of known) {
    it(`knows the sum of "${text}"`, () => {
      assert.equal(crc32(Buffer.from(text)), sum);
    });
  }

  it('agrees with the standard for every length and every offset', () => {
    const random = seededRandom(7);
    const bytes = Uint8Array.from({ length: 80 }, () => Math.floor(random() * 256));
    for (let start = 0; start < 8; start += 1) {
      for (let end = start; end <= bytes.length; end += 1) {
        assert.equal(crc32(bytes, start, end), slowCrc32(bytes.subarray(start, end)), `${start} to ${end}`);
      }
    }
  });
});

import { crc32, deflateSync, inflateSync } from 'node:zlib';

const signatureBytes = 8;
/** Length, type and check sum of a chunk. */
const frameBytes = 12;

interface Chunk {
  readonly type: string;
  readonly body: Buffer;
}

/**
 * The same picture with its lines as they are: the browser stores differences between neighbours, which suits
 * photographs, and makes pages of text a quarter larger.
 */
export function smallerPng(png: Buffer): Buffer {
  const chunks = chunksOf(png);
  const header = chunks.find(({ type }) => type === 'IHDR')?.body;
  if (!header) throw new Error('no PNG');
  const width = header.readUInt32BE(0);
  const [depth, colours, , , interlaced] = header.subarray(8);
  const pixelBytes = colours === 2 ? 3 : 4;
  if (depth !== 8 || (colours !== 2 && colours !== 6) || interlaced !== 0) return png;
  const stored = inflateSync(
    Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ body }) => body)),
  );
  const lines = withoutFilters(stored, width * pixelBytes, pixelBytes);
  const packed = deflateSync(lines, { level: 9, memLevel: 9 });
  const made = Buffer.concat([
    png.subarray(0, signatureBytes),
    chunk('IHDR', header),
    chunk('IDAT', packed),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return made.length < png.length ? made : png;
}

function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = signatureBytes; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.push({
      type: png.toString('latin1', at + 4, at + 8),
      body: png.subarray(at + 8, at + 8 + length),
    });
    at += length + frameBytes;
  }
  return chunks;
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(body.length, 0);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}

/** Each line with the number 0 before it, which stands for no filter. */
function withoutFilters(stored: Buffer, lineBytes: number, pixelBytes: number): Buffer {
  const made = Buffer.alloc(stored.length);
  const step = lineBytes + 1;
  for (let start = 0; start < stored.length; start += step) {
    const filter = stored[start] ?? 0;
    for (let place = 1; place <= lineBytes; place += 1) {
      const isFirst = place <= pixelBytes;
      const left = isFirst ? 0 : (made[start + place - pixelBytes] ?? 0);
      const above = made[start + place - step] ?? 0;
      const aslant = isFirst ? 0 : (made[start + place - step - pixelBytes] ?? 0);
      made[start + place] = (stored[start + place] ?? 0) + guess(filter, left, above, aslant);
    }
  }
  return made;
}

/** By the specification of PNG: what a byte is told apart from. */
function guess(filter: number, left: number, above: number, aslant: number): number {
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  if (filter !== 4) return 0;
  const plane = left + above - aslant;
  const [toLeft, toAbove, toAslant] = [left, above, aslant].map((each) => Math.abs(plane - each));
  if (toLeft === undefined || toAbove === undefined || toAslant === undefined) return 0;
  if (toLeft <= toAbove && toLeft <= toAslant) return left;
  return toAbove <= toAslant ? above : aslant;
}

import { crc32, deflateSync } from 'node:zlib';

export interface Hill {
  /** Red, green, blue. */
  colour: readonly [number, number, number];
  /** Of the picture's height. */
  top: number;
  /** How many waves go over the width. */
  waves: number;
}

const sky = [206, 228, 245] as const;
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Eight bits a colour, three colours, nothing unusual. */
const kind = [8, 2, 0, 0, 0];

/** A PNG of hills one before the other, the last one in front. */
export function drawHills(width: number, height: number, hills: readonly Hill[]): Buffer {
  const rows = Array.from({ length: height }, (_row, y) => [
    0,
    ...Array.from({ length: width }, (_column, x) => colourAt(x / width, y / height, hills)).flat(),
  ]);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  return Buffer.concat([
    signature,
    chunk('IHDR', Buffer.concat([head, Buffer.from(kind)])),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function colourAt(x: number, y: number, hills: readonly Hill[]): readonly number[] {
  const hill = hills.findLast(({ top, waves }) => y > top + 0.08 * Math.sin(x * waves * 2 * Math.PI));
  return hill?.colour ?? sky;
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(content.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

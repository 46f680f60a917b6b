export type G711 = 'A-law' | 'µ-law';

/** The sample that each byte stands for, with its bytes in the order in which they are sent. */
const tables: Readonly<Record<G711, Int16Array>> = {
  'A-law': tableOf(aLawSample),
  'µ-law': tableOf(muLawSample),
};

/** 16-bit LPCM, twice as long. */
export function g711ToLpcm(law: G711, bytes: Buffer): Buffer {
  const table = tables[law];
  const samples = new Int16Array(bytes.length);
  for (let at = 0; at < bytes.length; at += 1) samples[at] = table[bytes[at] ?? 0] ?? 0;
  return Buffer.from(samples.buffer);
}

function tableOf(sampleOf: (byte: number) => number): Int16Array {
  const table = Buffer.alloc(512);
  for (let byte = 0; byte < 256; byte += 1) table.writeInt16LE(sampleOf(byte), byte * 2);
  return new Int16Array(table.buffer, table.byteOffset, 256);
}

/** ITU-T G.711: every other bit is inverted, and the top one means plus. */
function aLawSample(byte: number): number {
  const bits = byte ^ 0x55;
  const segment = (bits >> 4) & 7;
  const step = ((bits & 15) << 4) + 8;
  const size = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return (bits & 0x80) === 0 ? -size : size;
}

/** ITU-T G.711: all bits are inverted, and the steps are moved by 33 of their smallest. */
function muLawSample(byte: number): number {
  const bits = ~byte & 0xff;
  const segment = (bits >> 4) & 7;
  const size = ((((bits & 15) << 3) + 0x84) << segment) - 0x84;
  return (bits & 0x80) === 0 ? size : -size;
}

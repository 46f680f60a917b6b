import { drawHills } from '../shared/picture';

const hills = [
  { colour: [140, 178, 160], top: 0.5, waves: 1 },
  { colour: [86, 138, 112], top: 0.65, waves: 1.5 },
  { colour: [44, 92, 74], top: 0.82, waves: 2 },
] as const;
const dunes = [
  { colour: [232, 200, 150], top: 0.55, waves: 1.2 },
  { colour: [204, 158, 98], top: 0.75, waves: 0.8 },
] as const;

/** Eight-bit, mono, 8 kHz. */
function silence(seconds: number): Buffer {
  const size = seconds * 8000;
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + size, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(size, 40);
  return Buffer.concat([head, Buffer.alloc(size, 128)]);
}

export interface SampleFile {
  type: string;
  content: Buffer;
}

/** What the bots of the sandbox show; `sample('picture.png')` is the address of the first. */
export const sampleFiles: Readonly<Record<string, SampleFile>> = {
  'picture.png': { type: 'image/png', content: drawHills(240, 150, hills) },
  'second.png': { type: 'image/png', content: drawHills(240, 150, dunes) },
  'drawing.svg': {
    type: 'image/svg+xml',
    content: Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><circle r="4"/></svg>',
    ),
  },
  'sound.wav': { type: 'audio/wav', content: silence(1) },
  'film.mp4': { type: 'video/mp4', content: Buffer.from('....ftypisom', 'latin1') },
  'prices.pdf': { type: 'application/pdf', content: Buffer.from('%PDF-1.4\n%%EOF\n') },
};

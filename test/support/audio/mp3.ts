export interface Mp3Shape {
  version?: 1 | 2 | 2.5;
  sampleRate?: number;
  kilobits?: number | readonly number[];
  channels?: 1 | 2;
  /** Two channels coded together. */
  isJoint?: boolean;
  hasChecksum?: boolean;
  layer?: 1 | 2 | 3;
}

const bitrates: Readonly<Record<1 | 2, readonly number[]>> = {
  1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const rates = { 1: [44_100, 48_000, 32_000], 2: [22_050, 24_000, 16_000], 2.5: [11_025, 12_000, 8000] };
const versionBits = { 1: 3, 2: 2, 2.5: 0 };

/** Frames of silence: what they say of their sound is all zeros. */
export function mp3(frames: number, shape: Mp3Shape = {}): Buffer {
  const { kilobits = 64 } = shape;
  const list = typeof kilobits === 'number' ? [kilobits] : kilobits;
  return Buffer.concat(
    Array.from({ length: frames }, (_, place) => mp3Frame(list[place % list.length] ?? 64, shape)),
  );
}

export function mp3Frame(kilobits: number, shape: Mp3Shape = {}): Buffer {
  const { version = 1, sampleRate = rates[version][0] ?? 0, layer = 3 } = shape;
  const { channels = 2, isJoint = false, hasChecksum = false } = shape;
  const samples = samplesOf(shape);
  const bitrate = bitrates[version === 1 ? 1 : 2].indexOf(kilobits);
  if (bitrate < 0) throw new Error(`no bitrate of ${kilobits} kbit/s in version ${version}`);
  const bytes = Math.floor((samples * kilobits * 125) / sampleRate);
  const frame = Buffer.alloc(bytes);
  frame[0] = 0xff;
  frame[1] = 0xe0 | (versionBits[version] << 3) | ((4 - layer) << 1) | (hasChecksum ? 0 : 1);
  frame[2] = (bitrate << 4) | (rates[version].indexOf(sampleRate) << 2);
  frame[3] = channels === 1 ? 0xc0 : isJoint ? 0x60 : 0;
  return frame;
}

export function samplesOf({ version = 1 }: Mp3Shape): number {
  return version === 1 ? 1152 : 576;
}

function sideBytes({ version = 1, channels = 2 }: Mp3Shape): number {
  return version === 1 ? (channels === 2 ? 32 : 17) : channels === 2 ? 17 : 9;
}

/** The silent frame before the others that says how many there are. */
export function xingFrame(frames: number, shape: Mp3Shape = {}, word: 'Xing' | 'Info' = 'Xing'): Buffer {
  const frame = mp3Frame(128, shape);
  const at = 4 + sideBytes(shape) + (shape.hasChecksum === true ? 2 : 0);
  frame.write(word, at);
  frame.writeUInt32BE(1, at + 4);
  frame.writeUInt32BE(frames, at + 8);
  return frame;
}

export function vbriFrame(frames: number, shape: Mp3Shape = {}): Buffer {
  const frame = mp3Frame(128, shape);
  frame.write('VBRI', 36);
  frame.writeUInt16BE(1, 40);
  frame.writeUInt32BE(frames, 36 + 14);
  return frame;
}

export function id3v2(bodyBytes: number, hasFoot = false): Buffer {
  const tag = Buffer.alloc(10 + bodyBytes + (hasFoot ? 10 : 0));
  tag.write('ID3', 0);
  tag[3] = 4;
  tag[5] = hasFoot ? 0x10 : 0;
  for (let place = 0; place < 4; place += 1) tag[6 + place] = (bodyBytes >> (7 * (3 - place))) & 0x7f;
  // What would be taken for frames by who does not skip the tag.
  for (let at = 10; at < 10 + bodyBytes; at += 1) tag[at] = at % 2 === 0 ? 0xff : 0xfb;
  if (hasFoot) tag.write('3DI', 10 + bodyBytes);
  return tag;
}

export function id3v1(): Buffer {
  const tag = Buffer.alloc(128);
  tag.write('TAG', 0);
  return tag;
}

/** With one item. */
export function apeTag(key: string, value: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(Buffer.byteLength(value), 0);
  const items = Buffer.concat([head, Buffer.from(`${key}\0${value}`)]);
  const mark = (flags: number): Buffer => {
    const bytes = Buffer.alloc(32);
    bytes.write('APETAGEX', 0);
    bytes.writeUInt32LE(2000, 8);
    bytes.writeUInt32LE(items.length + 32, 12);
    bytes.writeUInt32LE(1, 16);
    bytes.writeUInt32LE(flags >>> 0, 20);
    return bytes;
  };
  return Buffer.concat([mark(0xa0000000), items, mark(0x80000000)]);
}

/** Frames that name no bitrate: how long they are only shows from where the next one begins. */
export function freeFormat(frames: number, bytes = 300): Buffer {
  const frame = Buffer.alloc(bytes);
  frame.set([0xff, 0xfb, 0x00, 0x00]);
  return Buffer.concat(Array.from({ length: frames }, () => frame));
}

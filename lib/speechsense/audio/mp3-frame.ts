/** The first bytes of a frame of MPEG layer 3, read. */
export interface Mp3Frame {
  readonly version: 1 | 2 | 2.5;
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  readonly samples: number;
  /** Of the whole frame. */
  readonly bytes: number;
}

export const frameHeadBytes = 4;

const kilobits1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const kilobits2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const versions = [2.5, undefined, 2, 1] as const;
const rates = { 1: [44_100, 48_000, 32_000], 2: [22_050, 24_000, 16_000], 2.5: [11_025, 12_000, 8000] };

const read = new Map<number, Mp3Frame | undefined>();

/** Undefined: no frame begins here, or one of the free format, whose length only the next one tells. */
export function mp3FrameAt(bytes: Buffer, at: number): Mp3Frame | undefined {
  if (bytes[at] !== 0xff || at + frameHeadBytes > bytes.length) return undefined;
  const second = bytes[at + 1] ?? 0;
  if ((second & 0xe6) !== 0xe2) return undefined;
  // The same few heads over and over, in a long recording by the million.
  const head = (second << 16) | ((bytes[at + 2] ?? 0) << 8) | ((bytes[at + 3] ?? 0) & 0xc3);
  const known = read.get(head);
  if (known || read.has(head)) return known;
  const frame = readHead(head);
  if (read.size < 4096) read.set(head, frame);
  return frame;
}

function readHead(head: number): Mp3Frame | undefined {
  const version = versions[(head >> 19) & 3];
  const emphasis = head & 3;
  if (version === undefined || emphasis === 2) return undefined;
  const kilobits = (version === 1 ? kilobits1 : kilobits2)[(head >> 12) & 15];
  const sampleRate = rates[version][(head >> 10) & 3];
  if (kilobits === undefined || kilobits === 0 || sampleRate === undefined) return undefined;
  const samples = version === 1 ? 1152 : 576;
  const padding = (head >> 9) & 1;
  const bytes = Math.floor((samples * kilobits * 125) / sampleRate) + padding;
  return { version, sampleRate, channels: (head & 0xc0) === 0xc0 ? 1 : 2, samples, bytes };
}

/** Whether both can be of one recording. */
export function areAlike(one: Mp3Frame, other: Mp3Frame): boolean {
  return (
    one === other ||
    (one.version === other.version && one.sampleRate === other.sampleRate && one.channels === other.channels)
  );
}

/** How many frames the recording has by its own word, from the first one, which then has no sound. */
export function announcedFrames(bytes: Buffer, at: number, frame: Mp3Frame): number | undefined {
  const word = (offset: number): string => bytes.toString('latin1', at + offset, at + offset + 4);
  const number = (offset: number): number =>
    at + offset + 4 <= bytes.length ? bytes.readUInt32BE(at + offset) : 0;
  const sideBytes = frame.version === 1 ? (frame.channels === 2 ? 32 : 17) : frame.channels === 2 ? 17 : 9;
  // Two bytes more where the frame has a checksum.
  for (const offset of [4 + sideBytes, 6 + sideBytes]) {
    if (word(offset) !== 'Xing' && word(offset) !== 'Info') continue;
    return (number(offset + 4) & 1) === 1 ? number(offset + 8) : 0;
  }
  return word(36) === 'VBRI' ? number(36 + 14) : undefined;
}

/** Enough for `announcedFrames`. */
export const firstFrameBytes = 56;

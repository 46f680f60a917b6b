export interface WavShape {
  /** 1 LPCM, 3 float, 6 A-law, 7 µ-law, 0x31 GSM. */
  tag?: number;
  bits?: number;
  channels?: number;
  sampleRate?: number;
  blockAlign?: number;
  /** As the header says it, whatever follows. */
  dataSize?: number;
  riffSize?: number;
  /** Chunks around the sound. */
  before?: readonly Buffer[];
  after?: readonly Buffer[];
  /** The tag goes into the long form of the format. */
  isExtensible?: boolean;
}

export function wav(sound: Buffer, shape: WavShape = {}): Buffer {
  const { before = [], after = [] } = shape;
  const body = [formatChunk(shape), ...before, chunk('data', sound, shape.dataSize), ...after];
  const length = body.reduce((sum, part) => sum + part.length, 4);
  const riff = Buffer.alloc(12);
  riff.write('RIFF', 0);
  riff.writeUInt32LE(shape.riffSize ?? length, 4);
  riff.write('WAVE', 8);
  return Buffer.concat([riff, ...body]);
}

export function chunk(id: string, body: Buffer, size = body.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, 0, 'latin1');
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

/** As some writers do it. */
export function chunkWithoutPad(id: string, body: Buffer): Buffer {
  return chunk(id, body).subarray(0, 8 + body.length);
}

const oldTagId = Buffer.from('000000001000800000aa00389b71', 'hex');

export function formatChunk({
  tag = 1,
  bits = tag === 6 || tag === 7 ? 8 : 16,
  channels = 2,
  sampleRate = 8000,
  blockAlign = (channels * bits) / 8,
  isExtensible = false,
}: WavShape): Buffer {
  const format = Buffer.alloc(16);
  format.writeUInt16LE(isExtensible ? 0xfffe : tag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(sampleRate, 4);
  format.writeUInt32LE(Math.floor(sampleRate * blockAlign), 8);
  format.writeUInt16LE(Math.floor(blockAlign), 12);
  format.writeUInt16LE(bits, 14);
  if (!isExtensible) return chunk('fmt ', format);
  const more = Buffer.alloc(10);
  more.writeUInt16LE(22, 0);
  more.writeUInt16LE(bits, 2);
  more.writeUInt32LE(channels === 2 ? 3 : 4, 4);
  more.writeUInt16LE(tag, 8);
  return chunk('fmt ', Buffer.concat([format, more, oldTagId]));
}

/** Two tones, one to each channel, so that the channels can be told apart. */
export function lpcmTones(frames: number, channels = 2): Buffer {
  const sound = Buffer.alloc(frames * channels * 2);
  for (let frame = 0; frame < frames; frame += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      const sample = Math.round(9000 * Math.sin(frame * (0.05 + 0.11 * channel)));
      sound.writeInt16LE(sample, (frame * channels + channel) * 2);
    }
  }
  return sound;
}

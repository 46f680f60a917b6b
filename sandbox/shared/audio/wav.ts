import { sampleRate } from './voices';

export interface WavShape {
  seconds: number;
  channels: 1 | 2;
}

export const wavHeaderBytes = 44;
const bytesPerSample = 2;

export function wavSize({ seconds, channels }: WavShape): number {
  return wavHeaderBytes + seconds * sampleRate * channels * bytesPerSample;
}

/** PCM, 16 bit, 8 kHz. */
export function wavHeader(shape: WavShape): Buffer {
  const { channels } = shape;
  const header = Buffer.alloc(wavHeaderBytes);
  header.write('RIFF', 0);
  header.writeUInt32LE(wavSize(shape) - 8, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * channels * bytesPerSample, 28);
  header.writeUInt16LE(channels * bytesPerSample, 32);
  header.writeUInt16LE(bytesPerSample * 8, 34);
  header.write('data', 36);
  header.writeUInt32LE(wavSize(shape) - wavHeaderBytes, 40);
  return header;
}

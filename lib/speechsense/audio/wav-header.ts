import type { AudioShape } from './judge';

export const wavHeaderBytes = 44;
/** Written where a size is not known yet. */
const unknownSize = 0xffffffff;
const bytesPerSample = 2;

/** Of 16-bit LPCM; `dataBytes` undefined: it ends with the file. */
export function lpcmHeader({ channels, sampleRate }: AudioShape, dataBytes: number | undefined): Buffer {
  const header = Buffer.alloc(wavHeaderBytes);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(dataBytes === undefined ? unknownSize : wavHeaderBytes - 8 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * channels * bytesPerSample, 28);
  header.writeUInt16LE(channels * bytesPerSample, 32);
  header.writeUInt16LE(bytesPerSample * 8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes ?? unknownSize, 40);
  return header;
}

/** Recorders that stream write one of these before they know the size, or never come to writing it. */
export function isUnknownSize(size: number): boolean {
  const isNearTop = (top: number): boolean => size <= top && size >= top - 0xfff;
  return size === 0 || isNearTop(unknownSize) || isNearTop(0x7fffffff);
}

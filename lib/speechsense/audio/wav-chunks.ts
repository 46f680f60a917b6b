import { damaged } from './judge';
import { createStrides, toTheEnd, type Strides } from './strides';
import { longestFormatBytes, readWavFormat, shortestFormatBytes, type WavFormat } from './wav-format';
import { isUnknownSize } from './wav-header';

/** Where the sound is. */
export interface WavSound {
  readonly start: number;
  /** Undefined: to the end of the file. */
  readonly bytes: number | undefined;
}

const riffBytes = 12;
const chunkHeadBytes = 8;

export interface WavFinds {
  readonly onFormat: (format: WavFormat) => void;
  /** Never before the format. */
  readonly onSound: (sound: WavSound) => void;
}

/** From chunk to chunk, until the sound begins; what comes after it does not matter. */
export function walkWavChunks({ onFormat, onSound }: WavFinds): Strides {
  let hasFormat = false;
  let wanted = riffBytes;
  let isPadded = false;

  function stop(bytes: Buffer, at: number, place: number): number {
    if (place === 0) {
      wanted = chunkHeadBytes;
      return riffBytes;
    }
    // The byte that makes a chunk even is left out by some writers.
    if (isPadded && bytes[at] === 0) {
      isPadded = false;
      return 1;
    }
    const id = bytes.toString('latin1', at, at + 4);
    if (!/^[\x20-\x7e]{4}$/.test(id)) throw damaged('WAV', place);
    const size = bytes.readUInt32LE(at + 4);
    if (id === 'data') return atSound(size, place);
    if (id === 'fmt ' && !hasFormat) {
      const seen = chunkHeadBytes + Math.min(size, longestFormatBytes);
      if (size < shortestFormatBytes) throw damaged('WAV', place);
      if (bytes.length - at < seen) {
        wanted = seen;
        return 0;
      }
      onFormat(readWavFormat(bytes.subarray(at + chunkHeadBytes, at + seen), place));
      hasFormat = true;
      wanted = chunkHeadBytes;
    }
    isPadded = size % 2 === 1;
    return chunkHeadBytes + size;
  }

  function atSound(size: number, place: number): number {
    if (!hasFormat) throw damaged('WAV', place);
    onSound({ start: place + chunkHeadBytes, bytes: isUnknownSize(size) ? undefined : size });
    return toTheEnd;
  }

  return createStrides({ wanted: () => wanted, stop });
}

import { noBytes } from './inspector';

export interface Swap {
  /** Left and right change places; a sample that is not whole yet waits for the next piece. */
  pass(piece: Buffer): Buffer;
  /** What was no whole pair of samples, as it was. */
  end(): Buffer;
}

/** Of 16 bits each. */
const pairBytes = 4;

export function createSwap(): Swap {
  let rest: Buffer = noBytes;
  return {
    pass(piece) {
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      const whole = bytes.length - (bytes.length % pairBytes);
      // The piece's memory may be shared with the stream's.
      rest = Buffer.from(bytes.subarray(whole));
      const swapped = Buffer.allocUnsafe(whole);
      for (let at = 0; at < whole; at += pairBytes) {
        swapped[at] = bytes[at + 2] ?? 0;
        swapped[at + 1] = bytes[at + 3] ?? 0;
        swapped[at + 2] = bytes[at] ?? 0;
        swapped[at + 3] = bytes[at + 1] ?? 0;
      }
      return swapped;
    },
    end() {
      const last = rest;
      rest = noBytes;
      return last;
    },
  };
}

import type { AudioDescription, AudioFacts } from './rules';

/** Looks through a recording of one format on its way, and changes what it is asked to. */
export interface Inspector {
  readonly description: AudioDescription;
  /** What goes on in the place of this piece. Throws the verdict as soon as there is one. */
  pass(piece: Buffer): Buffer;
  /** What was held back. Throws the last verdict. */
  end(): Buffer;
  /** Undefined: the recording has not said yet what it is. */
  facts(): AudioFacts | undefined;
  /** How much will have gone on at the end. */
  expectedBytes(): number | undefined;
}

export const noBytes = Buffer.alloc(0);

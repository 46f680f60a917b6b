import { g711ToLpcm, type G711 } from './g711';
import { noBytes } from './inspector';
import type { AudioNote, AudioRules } from './rules';
import { createSwap } from './swap';

/** What is done to the sound of a recording on its way. */
export interface SoundChange {
  readonly notes: readonly AudioNote[];
  pass(sound: Buffer): Buffer;
  /** What was held back; asked a second time, nothing. */
  end(): Buffer;
}

/** Undefined: nothing is. */
export function changeOf(
  { swapChannels }: AudioRules,
  { law, channels }: { readonly law: G711 | undefined; readonly channels: number },
): SoundChange | undefined {
  const swap = swapChannels === true && channels === 2 ? createSwap() : undefined;
  if (law === undefined) return swap && { notes: ['swapped'], ...swap };
  return {
    notes: swap ? ['converted', 'swapped'] : ['converted'],
    pass(sound) {
      const lpcm = g711ToLpcm(law, sound);
      return swap ? swap.pass(lpcm) : lpcm;
    },
    end: () => swap?.end() ?? noBytes,
  };
}

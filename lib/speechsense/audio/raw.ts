import { noBytes, type Inspector } from './inspector';
import { judgeLength, judgeShape } from './judge';
import type { AudioFacts, AudioRules, RawShape } from './rules';
import { createSwap } from './swap';
import { verdict } from './verdicts';

/** LPCM of 16 bits without a header: of it nothing is known but what the setting says, and its length. */
export function inspectRaw(rules: AudioRules, raw: RawShape, wholeBytes: number | undefined): Inspector {
  const { channels, sampleRate } = raw;
  const notes = judgeShape(rules, raw);
  const frameBytes = channels * 2;
  const secondsOf = (bytes: number): number => bytes / frameBytes / sampleRate;
  const swap = rules.swapChannels === true && channels === 2 ? createSwap() : undefined;
  let bytes = 0;
  if (wholeBytes !== undefined) judgeWhole(wholeBytes);

  function judgeWhole(length: number): void {
    judgeLength(rules, secondsOf(length));
    if (length % frameBytes === 0) return;
    const told = `${length} bytes are no LPCM of 16 bits with ${channels} channels`;
    throw verdict('AUDIO_RAW', told, { bytes: length, channels });
  }

  const facts = (): AudioFacts => ({
    ...{ container: 'raw', codec: 'lpcm16', channels, sampleRate, durationSeconds: secondsOf(bytes) },
    notes: swap ? [...notes, 'swapped'] : notes,
  });

  return {
    description: { encoding: 'lpcm16', sampleRate, channels },
    pass(piece) {
      bytes += piece.length;
      judgeLength(rules, secondsOf(bytes));
      return swap ? swap.pass(piece) : piece;
    },
    end() {
      judgeWhole(bytes);
      return swap?.end() ?? noBytes;
    },
    facts,
    expectedBytes: () => wholeBytes,
  };
}

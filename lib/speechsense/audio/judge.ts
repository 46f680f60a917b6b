import { longestTalkSeconds, type AudioNote, type AudioRules } from './rules';
import { verdict } from './verdicts';

export interface AudioShape {
  readonly channels: number;
  readonly sampleRate: number;
}

const rates = { lowest: 8000, highest: 48_000 };

/** What there is to say of a shape that is let through. */
export function judgeShape({ mono }: AudioRules, { channels, sampleRate }: AudioShape): AudioNote[] {
  if (channels !== 1 && channels !== 2) {
    throw verdict('AUDIO_CHANNELS', `the recording has ${channels} channels`, { channels });
  }
  if (!(sampleRate >= rates.lowest && sampleRate <= rates.highest)) {
    throw verdict('AUDIO_RATE', `the sample rate is ${sampleRate} Hz`, { rate: sampleRate });
  }
  if (channels === 2 || mono === 'allow') return [];
  if (mono === 'warn') return ['mono'];
  throw verdict('AUDIO_MONO', 'the recording has one channel');
}

/** The channels of what is not LPCM would have to be decoded first. */
export function refuseSwap({ swapChannels }: AudioRules, { channels }: AudioShape, container: string): void {
  if (swapChannels !== true || channels === 1) return;
  throw verdict('AUDIO_SWAP', `the channels of ${container} cannot be swapped`, { container });
}

export function judgeLength({ longestSeconds = longestTalkSeconds }: AudioRules, seconds: number): void {
  if (seconds <= longestSeconds) return;
  const hours = Math.round((longestSeconds / 3600) * 100) / 100;
  throw verdict('AUDIO_LONG', `the recording is longer than ${hours} h`, { hours });
}

export function damaged(container: string, place: number): Error {
  return verdict('AUDIO_DAMAGED', `${container}: damaged at byte ${place}`, { container, place });
}

export function cutOff(container: string): Error {
  return verdict('AUDIO_CUT', `${container}: breaks off before its end`, { container });
}

export function refusedFormat(found: string): Error {
  return verdict('AUDIO_FORMAT', `${found} is not accepted`, { found });
}

export function nothingHeard(): Error {
  return verdict('AUDIO_EMPTY', 'the recording is empty');
}

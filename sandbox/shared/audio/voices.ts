/** One second of somebody speaking, over and over the same: cheap enough to make hours of talk from. */
export const sampleRate = 8000;

export type Side = 'operator' | 'client';

const wordings = 6;
const pitches: Readonly<Record<Side, number>> = { operator: 118, client: 205 };
const made = new Map<string, Int16Array>();

/** `wording` tells one second from another; any number will do. */
export function voiceSecond(side: Side, wording: number): Int16Array {
  const key = `${side} ${wording % wordings}`;
  const known = made.get(key);
  if (known) return known;
  const samples = speak(pitches[side], wording % wordings);
  made.set(key, samples);
  return samples;
}

export const silentSecond = new Int16Array(sampleRate);

/** A few syllables: a hum with overtones that swells and dies away, from zero to zero so that seconds join. */
function speak(pitch: number, wording: number): Int16Array {
  const samples = new Int16Array(sampleRate);
  const syllables = 3 + (wording % 3);
  for (let at = 0; at < sampleRate; at += 1) {
    const place = (at / sampleRate) * syllables;
    const swell = Math.sin(Math.PI * (place % 1)) ** 2;
    const melody = pitch * (1 + 0.06 * Math.floor(place) + 0.03 * wording);
    const phase = (2 * Math.PI * melody * at) / sampleRate;
    const tone = Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.3 * Math.sin((3 + wording) * phase);
    samples[at] = Math.round(6000 * swell * tone);
  }
  return samples;
}

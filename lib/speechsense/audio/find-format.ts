import type { Inspector } from './inspector';
import { nothingHeard, refusedFormat } from './judge';
import { inspectMp3, mostStrayBytes, zerosAt } from './mp3';
import { areAlike, mp3FrameAt } from './mp3-frame';
import { tagLength } from './mp3-tags';
import { nameByFrames, nameByMagic } from './names';
import { textKind } from './not-a-recording';
import { inspectOgg } from './ogg';
import { inspectRaw } from './raw';
import type { AudioRules } from './rules';
import { verdict } from './verdicts';
import { inspectWav } from './wav';

/** With less than this, and more to come, nothing is decided: so the verdict is the same however the pieces are cut. */
export const headBytes = 16 * 1024;

/** The head, or the whole of what is no longer. */
export interface Head {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

export function inspectorFor(head: Head, rules: AudioRules, wholeBytes: number | undefined): Inspector {
  const { bytes } = head;
  if (bytes.length === 0) throw nothingHeard();
  const start = bytes.toString('latin1', 0, 12);
  if (start.startsWith('RIFF') && (start.endsWith('WAVE') || start.length < 12)) {
    return inspectWav(rules, wholeBytes);
  }
  if (start.startsWith('OggS')) return inspectOgg(rules, wholeBytes);
  if (start.startsWith('ID3')) return inspectMp3(rules, wholeBytes);
  const text = textKind(bytes);
  if (text !== undefined) {
    throw verdict('AUDIO_NOT_RECORDING', `${text} came in the place of the recording`, { found: text });
  }
  const other = nameByMagic(bytes);
  if (other !== undefined) throw refusedFormat(other);
  if (rules.raw ? hasFrames(head, 0, 2) : isMp3(head)) return inspectMp3(rules, wholeBytes);
  if (rules.raw) return inspectRaw(rules, rules.raw, wholeBytes);
  const relative = nameByFrames(bytes);
  if (relative !== undefined) throw refusedFormat(relative);
  throw verdict('AUDIO_UNKNOWN', 'no known format');
}

function isMp3(head: Head): boolean {
  const start = zerosAt(head.bytes, 0);
  for (let at = start; at <= start + mostStrayBytes && at < head.bytes.length; at += 1) {
    if (hasFrames(head, at, at === 0 ? 2 : 3)) return true;
  }
  return false;
}

/** So many frames one behind the other, or as many as there are until the end or a tag. */
function hasFrames({ bytes, isWhole }: Head, start: number, least: number): boolean {
  const first = mp3FrameAt(bytes, start);
  if (!first) return false;
  let at = start + first.bytes;
  for (let count = 1; count < least; count += 1) {
    // Of what begins with stray bytes, one frame is no proof.
    if (at + 4 > bytes.length) return isWhole && start === 0;
    const next = mp3FrameAt(bytes, at);
    if (!next || !areAlike(first, next))
      return count === 1 && start === 0 && tagLength(bytes, at) !== undefined;
    at += next.bytes;
  }
  return true;
}

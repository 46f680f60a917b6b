import { noBytes, type Inspector } from './inspector';
import { cutOff, damaged, judgeLength, judgeShape, nothingHeard } from './judge';
import type { AudioNote, AudioRules } from './rules';
import { changeOf, type SoundChange } from './sound-change';
import { verdict } from './verdicts';
import { walkWavChunks, type WavSound } from './wav-chunks';
import type { WavFormat } from './wav-format';
import { lpcmHeader, wavHeaderBytes } from './wav-header';

const container = 'WAV';
/** Nobody writes as much before the format. */
const longestPrelude = 1024 * 1024;

/** Once it is known where the sound is, its bytes are only counted, unless they are to be changed. */
export function inspectWav(rules: AudioRules, wholeBytes: number | undefined): Inspector {
  let format: WavFormat | undefined;
  let sound: WavSound | undefined;
  /** By the header, or by the length of the file. */
  let soundBytes: number | undefined;
  let notes: readonly AudioNote[] = [];
  let change: SoundChange | undefined;
  let isHeaderDue = false;
  let prelude: Buffer[] = [];
  let preludeBytes = 0;
  let place = 0;
  let heard = 0;

  const chunks = walkWavChunks({
    onFormat(found) {
      const mono = judgeShape(rules, found);
      refuseLaw(found, rules);
      change = changeOf(rules, found);
      isHeaderDue = found.law !== undefined;
      notes = [...mono, ...(change?.notes ?? [])];
      format = found;
    },
    onSound(found) {
      const rest = wholeBytes === undefined ? undefined : wholeBytes - found.start;
      if (rest !== undefined && rest < (found.bytes ?? 0)) throw cutOff(container);
      sound = found;
      soundBytes = found.bytes ?? rest;
      judgeLength(rules, secondsOf(soundBytes ?? 0));
    },
  });

  const secondsOf = (bytes: number): number =>
    format ? bytes / format.bytesPerFrame / format.sampleRate : 0;

  function pass(piece: Buffer): Buffer {
    chunks.walk(piece);
    const [from, to] = soundIn(piece);
    place += piece.length;
    heard += to - from;
    if (sound && sound.bytes === undefined) judgeLength(rules, secondsOf(heard));
    if (!format) return heldBack(piece);
    if (format.law !== undefined) return converted(format, piece.subarray(from, to));
    const before = takePrelude();
    if (!change) return before.length > 0 ? Buffer.concat([before, piece]) : piece;
    const changed = change.pass(piece.subarray(from, to));
    const after = to < piece.length ? [change.end(), piece.subarray(to)] : [];
    return Buffer.concat([before, piece.subarray(0, from), changed, ...after]);
  }

  /** From where to where this piece is sound. */
  function soundIn(piece: Buffer): [number, number] {
    if (!sound) return [piece.length, piece.length];
    const { start, bytes = Infinity } = sound;
    const within = (at: number): number => Math.min(piece.length, Math.max(0, at - place));
    return [within(start), within(start + bytes)];
  }

  /** Not known yet whether this header is the one that goes on. */
  function heldBack(piece: Buffer): Buffer {
    preludeBytes += piece.length;
    if (preludeBytes > longestPrelude) throw damaged(container, place - piece.length);
    prelude.push(piece);
    return noBytes;
  }

  function takePrelude(): Buffer {
    if (prelude.length === 0) return noBytes;
    const taken = Buffer.concat(prelude);
    prelude = [];
    return taken;
  }

  function converted(shape: WavFormat, part: Buffer): Buffer {
    const lpcm = change?.pass(part) ?? part;
    if (!isHeaderDue || !sound) return lpcm;
    isHeaderDue = false;
    return Buffer.concat([lpcmHeader(shape, soundBytes === undefined ? undefined : soundBytes * 2), lpcm]);
  }

  return {
    description: { container: 'wav' },
    pass,
    end() {
      if (!sound || heard < (sound.bytes ?? 0)) throw cutOff(container);
      if (heard === 0) throw nothingHeard();
      return change?.end() ?? noBytes;
    },
    facts: () =>
      format && {
        ...{ container: 'wav', codec: 'lpcm16', channels: format.channels, sampleRate: format.sampleRate },
        ...{ durationSeconds: secondsOf(heard), notes },
      },
    expectedBytes() {
      if (format?.law === undefined) return wholeBytes;
      return soundBytes === undefined ? undefined : wavHeaderBytes + soundBytes * 2;
    },
  };
}

function refuseLaw({ law }: WavFormat, { convertToLpcm }: AudioRules): void {
  if (law === undefined || convertToLpcm === true) return;
  throw verdict('AUDIO_G711', `WAV: ${law}`, { codec: law });
}

import { noBytes, type Inspector } from './inspector';
import { cutOff, damaged, judgeLength, judgeShape, nothingHeard, refusedFormat, refuseSwap } from './judge';
import { announcedFrames, areAlike, firstFrameBytes, mp3FrameAt, type Mp3Frame } from './mp3-frame';
import { tagLength } from './mp3-tags';
import { nameByMagic } from './names';
import type { AudioFacts, AudioNote, AudioRules } from './rules';
import { createStrides } from './strides';
import { verdict } from './verdicts';

/** So many bytes in a row may belong to nothing: recorders leave some before the first frame, and after the last. */
export const mostStrayBytes = 4096;
/** Zeros fill a file up to a length that somebody wanted: before the first frame so many, after the last any number. */
const mostZerosBefore = 64 * 1024;
/** As long as the shortest frame, and enough to read a tag by. */
const usualStop = 24;

/** From head to head of the frames; only these and the tags between are looked at. */
export function inspectMp3(rules: AudioRules, wholeBytes: number | undefined): Inspector {
  let first: Mp3Frame | undefined;
  let notes: readonly AudioNote[] = [];
  let announced: number | undefined;
  let frames = 0;
  let stray = 0;
  let zeros = 0;
  /** Where the bytes that belong to nothing began. */
  let strayFrom = 0;
  /** Frames one behind the other. A single one may be a chance likeness. */
  let run = 0;
  let lone = 0;
  let isInFrame = false;
  let isShapeJudged = false;

  const strides = createStrides({ wanted: () => (first ? usualStop : firstFrameBytes), stop });

  function stop(bytes: Buffer, at: number, place: number): number {
    const frame = mp3FrameAt(bytes, at);
    if (frame && (!first || areAlike(first, frame))) return onFrame(frame, bytes, at);
    isInFrame = false;
    const tag = tagLength(bytes, at);
    if (tag === undefined) return onStray(bytes, at, place);
    settleRun();
    return tag;
  }

  function onFrame(frame: Mp3Frame, bytes: Buffer, at: number): number {
    isInFrame = true;
    run += 1;
    if (!first) {
      first = frame;
      announced = announcedFrames(bytes, at, frame);
      lone = announced === undefined ? 1 : 0;
      return frame.bytes;
    }
    if (run === 1) {
      lone = 1;
      return frame.bytes;
    }
    if (run === 2) accept();
    frames += 1;
    judgeLength(rules, secondsOf(frames));
    return frame.bytes;
  }

  /** Two in a row are no chance: what the first one says of the recording holds. */
  function accept(): void {
    frames += lone;
    lone = 0;
    // Frames behind it: so it was no end, but a hole.
    if (isShapeJudged && stray + zeros > mostStrayBytes) throw damaged('MP3', strayFrom);
    stray = 0;
    zeros = 0;
    if (isShapeJudged || !first) return;
    notes = judgeShape(rules, first);
    refuseSwap(rules, first, 'MP3');
    isShapeJudged = true;
    judgeLength(rules, secondsOf(announced ?? 0));
  }
  function settleRun(): void {
    if (run === 1) accept();
    run = 0;
  }

  function onStray(bytes: Buffer, at: number, place: number): number {
    if (run === 1) dropLone();
    run = 0;
    if (!isShapeJudged && stray === 0) {
      const name = nameByMagic(bytes.subarray(at));
      if (name !== undefined) throw refusedFormat(name);
    }
    if (stray + zeros === 0) strayFrom = place;
    return bytes[at] === 0 ? onZeros(bytes, at) : onOther();
  }

  function onZeros(bytes: Buffer, at: number): number {
    // Behind the last ones there may be no bytes of the recording's own.
    const count = zerosAt(bytes.subarray(0, Math.max(0, bytes.length - firstFrameBytes)), at) || 1;
    zeros += count;
    if (!isShapeJudged && zeros > mostZerosBefore) throw noFrames();
    return count;
  }

  function onOther(): number {
    stray += 1;
    if (stray <= mostStrayBytes) return 1;
    throw isShapeJudged ? damaged('MP3', strayFrom) : noFrames();
  }

  /** A chance likeness. */
  function dropLone(): void {
    lone = 0;
    if (isShapeJudged) return;
    first = undefined;
    announced = undefined;
  }

  const secondsOf = (count: number): number => (first ? (count * first.samples) / first.sampleRate : 0);

  /** Of the last stops, where fewer bytes are left than are wanted otherwise. */
  function walkRest(): number {
    let { rest, lacking, place } = strides.end();
    while (rest.length > 0) {
      const stride = stop(Buffer.concat([rest, Buffer.alloc(firstFrameBytes)]), 0, place);
      lacking = Math.max(0, stride - rest.length);
      place += Math.min(stride, rest.length);
      rest = rest.subarray(stride);
    }
    return lacking;
  }

  return {
    description: { container: 'mp3' },
    pass(piece) {
      strides.walk(piece);
      return piece;
    },
    end() {
      const lacking = walkRest();
      const isReal = run > 1 || !isShapeJudged;
      if (lacking > 0 && isInFrame && isReal) throw cutOff('MP3');
      if (lacking === 0) settleRun();
      if (frames === 0 && lacking > 0) throw cutOff('MP3');
      // Some writers count the frame that holds the number, and some do not.
      if (announced !== undefined && frames + 1 < announced) throw cutOff('MP3');
      if (frames === 0 && stray + zeros > 0) throw noFrames();
      if (frames === 0) throw nothingHeard();
      return noBytes;
    },
    facts: () => (first && isShapeJudged ? factsOf(first, notes, secondsOf(frames)) : undefined),
    expectedBytes: () => wholeBytes,
  };
}

/** How many zeros there are from here on. */
export function zerosAt(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] === 0) at += 1;
  return at - start;
}

function noFrames(): Error {
  return verdict('AUDIO_UNKNOWN', 'there are no frames of MP3');
}

function factsOf(frame: Mp3Frame, notes: readonly AudioNote[], durationSeconds: number): AudioFacts {
  const { channels, sampleRate } = frame;
  return { container: 'mp3', codec: 'mp3', channels, sampleRate, durationSeconds, notes };
}

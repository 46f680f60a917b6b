import { noBytes, type Inspector } from './inspector';
import { cutOff, damaged, judgeLength, judgeShape, nothingHeard, refusedFormat, refuseSwap } from './judge';
import type { AudioNote, AudioRules } from './rules';
import { createStrides, toTheEnd } from './strides';
import { verdict } from './verdicts';

const container = 'OGG';
const pageHeadBytes = 27;
const flag = { begins: 2, ends: 4 };
/** Opus counts in this rate, whatever was recorded. */
const opusRate = 48_000;
const opusHeadBytes = 19;
const unknownTime = -1;

/** From page to page of one stream of Opus. */
export function inspectOgg(rules: AudioRules, wholeBytes: number | undefined): Inspector {
  let opus: OpusHead | undefined;
  let serial = 0;
  let notes: readonly AudioNote[] = [];
  let reached = 0;
  let hasEnded = false;
  let wanted = pageHeadBytes;

  const strides = createStrides({ wanted: () => wanted, stop });

  function stop(bytes: Buffer, at: number, place: number): number {
    const isPage = bytes.toString('latin1', at, at + 4) === 'OggS' && bytes[at + 4] === 0;
    if (!isPage && hasEnded) return toTheEnd;
    if (!isPage) throw damaged(container, place);
    const segments = bytes[at + pageHeadBytes - 1] ?? 0;
    const headBytes = pageHeadBytes + segments;
    if (bytes.length - at < headBytes) return cameTooSoon(headBytes);
    let bodyBytes = 0;
    for (let one = at + pageHeadBytes; one < at + headBytes; one += 1) bodyBytes += bytes[one] ?? 0;
    const begins = ((bytes[at + 5] ?? 0) & flag.begins) !== 0;
    const seenBytes = headBytes + (begins ? Math.min(bodyBytes, opusHeadBytes) : 0);
    if (bytes.length - at < seenBytes) return cameTooSoon(seenBytes);
    wanted = pageHeadBytes;
    if (begins) onFirstPage(bytes, at, bytes.subarray(at + headBytes, at + seenBytes), place);
    else onPage(bytes, at);
    return headBytes + bodyBytes;
  }

  function cameTooSoon(bytes: number): number {
    wanted = bytes;
    return 0;
  }

  function onFirstPage(bytes: Buffer, at: number, packet: Buffer, place: number): void {
    if (opus) throw severalStreams();
    opus = readOpusHead(packet, place);
    serial = bytes.readUInt32LE(at + 14);
    const shape = { channels: opus.channels, sampleRate: opusRate };
    notes = judgeShape(rules, shape);
    refuseSwap(rules, shape, 'OGG Opus');
  }

  function onPage(bytes: Buffer, at: number): void {
    if (!opus || hasEnded || bytes.readUInt32LE(at + 14) !== serial) throw severalStreams();
    const time = bytes.readInt32LE(at + 10) * 2 ** 32 + bytes.readUInt32LE(at + 6);
    // A page on which no packet ends.
    if (time !== unknownTime) reached = time;
    judgeLength(rules, secondsSoFar());
    hasEnded = ((bytes[at + 5] ?? 0) & flag.ends) !== 0;
  }

  const secondsSoFar = (): number => Math.max(0, reached - (opus?.preSkip ?? 0)) / opusRate;

  return {
    description: { container: 'ogg-opus' },
    pass(piece) {
      strides.walk(piece);
      return piece;
    },
    end() {
      const { lacking } = strides.end();
      const isCut = lacking > 0 && lacking < toTheEnd / 2;
      if (!hasEnded || isCut) throw cutOff(container);
      if (secondsSoFar() === 0) throw nothingHeard();
      return noBytes;
    },
    facts: () =>
      opus && {
        ...{ container: 'ogg', codec: 'opus', channels: opus.channels, sampleRate: opusRate },
        ...{ durationSeconds: secondsSoFar(), notes },
      },
    expectedBytes: () => wholeBytes,
  };
}

interface OpusHead {
  readonly channels: number;
  /** So much of the beginning is not heard. */
  readonly preSkip: number;
}

const others: readonly (readonly [string, string])[] = [
  ['\x01vorbis', 'OGG Vorbis'],
  ['Speex   ', 'OGG Speex'],
  ['\x7fFLAC', 'OGG FLAC'],
  ['\x80theora', 'OGG Theora'],
  ['fishead\0', 'OGG Skeleton'],
];

function readOpusHead(packet: Buffer, place: number): OpusHead {
  const start = packet.toString('latin1', 0, 8);
  if (start !== 'OpusHead') {
    throw refusedFormat(others.find(([word]) => start.startsWith(word))?.[1] ?? container);
  }
  const isReadable = packet.length >= opusHeadBytes && ((packet[8] ?? 0xff) & 0xf0) === 0;
  if (!isReadable) throw damaged(container, place);
  return { channels: packet[9] ?? 0, preSkip: packet.readUInt16LE(10) };
}

function severalStreams(): Error {
  return verdict('AUDIO_OGG_SEVERAL', 'OGG: more than one stream');
}

import type { AudioFacts, AudioRules } from '../../../lib/speechsense/audio/rules';
import { apeTag, id3v1, id3v2, mp3, samplesOf, vbriFrame, xingFrame, type Mp3Shape } from './mp3';
import { noise } from './other';
import { oggOpus } from './ogg';
import { chunk, chunkWithoutPad, lpcmTones, wav } from './wav';

export interface GoodRecording {
  bytes: Buffer;
  facts: AudioFacts;
  rules?: Partial<AudioRules>;
  /** Other parsers see another thing in it, or count in another way. */
  isOdd?: boolean;
}

const tones = lpcmTones(2000);
const wavFacts: AudioFacts = {
  ...{ container: 'wav', codec: 'lpcm16', channels: 2, sampleRate: 8000, durationSeconds: 0.25, notes: [] },
};
const law = noise(4000, 5);

function mp3Facts(frames: number, shape: Mp3Shape, sampleRate = 44_100): AudioFacts {
  const durationSeconds = (frames * samplesOf(shape)) / sampleRate;
  return {
    container: 'mp3',
    codec: 'mp3',
    channels: shape.channels ?? 2,
    sampleRate,
    durationSeconds,
    notes: [],
  };
}

const opusFacts = (packets: number, channels = 2): AudioFacts => ({
  ...{
    container: 'ogg',
    codec: 'opus',
    channels,
    sampleRate: 48_000,
    durationSeconds: packets * 0.02,
    notes: [],
  },
});

const lengthOf = (frames: number): number => frames * 4;
const variable = [32, 64, 128, 320, 48];

/** Whatever can be uploaded, and what is known of it then. */
export const goodRecordings: Readonly<Record<string, GoodRecording>> = {
  'WAV of LPCM': { bytes: wav(tones), facts: wavFacts },
  'WAV of LPCM in the long form': {
    bytes: wav(tones, { isExtensible: true }),
    facts: wavFacts,
    isOdd: true,
  },
  'WAV of one channel': {
    bytes: wav(lpcmTones(4000, 1), { channels: 1, sampleRate: 16_000 }),
    facts: { ...wavFacts, channels: 1, sampleRate: 16_000 },
    rules: { mono: 'allow' },
  },
  'WAV with a size of 0': { bytes: wav(tones, { dataSize: 0, riffSize: 0 }), facts: wavFacts, isOdd: true },
  'WAV with the size of a stream': {
    bytes: wav(tones, { dataSize: 0xffffffff, riffSize: 0xffffffff }),
    facts: wavFacts,
    isOdd: true,
  },
  'WAV with the size that SoX gives a stream': {
    bytes: wav(tones, { dataSize: 0x7ffff000, riffSize: 0x7ffff024 }),
    facts: wavFacts,
    isOdd: true,
  },
  'WAV with chunks around the sound': {
    bytes: wav(tones, {
      before: [chunk('LIST', Buffer.from('INFOISFT\x05\0\0\0Lavf')), chunk('JUNK', Buffer.alloc(5))],
      after: [chunk('id3 ', Buffer.alloc(333, 1)), chunk('data', Buffer.alloc(9))],
    }),
    facts: wavFacts,
    isOdd: true,
  },
  'WAV with an odd chunk that was not padded': {
    bytes: wav(tones, { before: [chunkWithoutPad('note', Buffer.alloc(7, 1))] }),
    facts: wavFacts,
    isOdd: true,
  },
  'WAV with a long chunk before the sound': {
    bytes: wav(tones, { before: [chunk('JUNK', Buffer.alloc(40_000))] }),
    facts: wavFacts,
  },
  'WAV of A-law': {
    bytes: wav(law, { tag: 6 }),
    facts: { ...wavFacts, notes: ['converted'] },
    rules: { convertToLpcm: true },
    isOdd: true,
  },
  'WAV of µ-law in the long form, of one channel': {
    bytes: wav(law, { tag: 7, channels: 1, isExtensible: true }),
    facts: { ...wavFacts, channels: 1, durationSeconds: 0.5, notes: ['mono', 'converted'] },
    rules: { convertToLpcm: true, mono: 'warn' },
    isOdd: true,
  },
  'WAV with swapped channels': {
    bytes: wav(tones, { after: [chunk('LIST', Buffer.alloc(12))] }),
    facts: { ...wavFacts, notes: ['swapped'] },
    rules: { swapChannels: true },
  },
  'MP3 of MPEG-1': { bytes: mp3(40), facts: mp3Facts(40, {}) },
  'MP3 of MPEG-2': {
    bytes: mp3(40, { version: 2, sampleRate: 16_000, kilobits: 24 }),
    facts: mp3Facts(40, { version: 2 }, 16_000),
  },
  'MP3 of MPEG-2.5': {
    bytes: mp3(40, { version: 2.5, sampleRate: 8000, kilobits: 16 }),
    facts: mp3Facts(40, { version: 2.5 }, 8000),
  },
  'MP3 of one channel': {
    bytes: mp3(40, { channels: 1 }),
    facts: { ...mp3Facts(40, { channels: 1 }), notes: ['mono'] },
    rules: { mono: 'warn' },
  },
  'MP3 of joint channels, with checksums': {
    bytes: mp3(40, { isJoint: true, hasChecksum: true, kilobits: 128 }),
    facts: mp3Facts(40, {}),
  },
  'MP3 of variable bitrate with a Xing frame': {
    bytes: Buffer.concat([xingFrame(50), mp3(50, { kilobits: variable })]),
    facts: mp3Facts(50, {}),
  },
  'MP3 with an Info frame and checksums': {
    bytes: Buffer.concat([xingFrame(20, { hasChecksum: true }, 'Info'), mp3(20, { hasChecksum: true })]),
    facts: mp3Facts(20, {}),
    isOdd: true,
  },
  'MP3 whose Xing frame counts itself': {
    bytes: Buffer.concat([xingFrame(51), mp3(50, { kilobits: variable })]),
    facts: mp3Facts(50, {}),
    isOdd: true,
  },
  'MP3 with a VBRI frame': {
    bytes: Buffer.concat([vbriFrame(50), mp3(50, { kilobits: variable })]),
    facts: mp3Facts(50, {}),
    isOdd: true,
  },
  'MP3 with tags before and after': {
    bytes: Buffer.concat([id3v2(300), mp3(30), apeTag('Title', 'A call'), id3v1()]),
    facts: mp3Facts(30, {}),
  },
  'MP3 with a long ID3 tag that has a foot': {
    bytes: Buffer.concat([id3v2(60_000, true), mp3(30)]),
    facts: mp3Facts(30, {}),
    isOdd: true,
  },
  'MP3 that was joined of two files': {
    bytes: Buffer.concat([id3v2(100), mp3(10), id3v1(), id3v2(50), mp3(12)]),
    facts: mp3Facts(22, {}),
    isOdd: true,
  },
  'MP3 with stray bytes around the frames': {
    bytes: Buffer.concat([noise(1000, 9), mp3(30), Buffer.alloc(700)]),
    facts: mp3Facts(30, {}),
    isOdd: true,
  },
  'MP3 of one frame': { bytes: mp3(1), facts: mp3Facts(1, {}), isOdd: true },
  'OGG Opus': { bytes: oggOpus(200), facts: opusFacts(200) },
  'OGG Opus of one channel': {
    bytes: oggOpus(30, { channels: 1 }),
    facts: opusFacts(30, 1),
    rules: { mono: 'allow' },
  },
  'LPCM without a header': {
    bytes: noise(lengthOf(3000)),
    facts: { ...wavFacts, container: 'raw', sampleRate: 12_000 },
    rules: { raw: { sampleRate: 12_000, channels: 2 } },
    isOdd: true,
  },
};

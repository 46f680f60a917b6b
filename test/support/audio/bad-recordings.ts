import type { ErrorCode } from '../../../lib/core/errors';
import type { AudioRules } from '../../../lib/speechsense/audio/rules';
import { freeFormat, id3v2, mp3, xingFrame } from './mp3';
import { noise, otherFormats, pages } from './other';
import { oggOpus, oggOther, opusHead, page } from './ogg';
import { chunk, formatChunk, lpcmTones, wav } from './wav';

export interface BadRecording {
  bytes: Buffer;
  code: ErrorCode;
  params?: Readonly<Record<string, string | number>>;
  rules?: Partial<AudioRules>;
}

const tones = lpcmTones(2000);
const found = (name: string): Pick<BadRecording, 'code' | 'params'> => ({
  code: 'AUDIO_FORMAT',
  params: { found: name },
});
const cut = (container: string): Pick<BadRecording, 'code' | 'params'> => ({
  code: 'AUDIO_CUT',
  params: { container },
});
const ofWav: Readonly<Record<string, BadRecording>> = {
  'WAV of 8 bits': { bytes: wav(tones, { bits: 8 }), code: 'AUDIO_BITS', params: { bits: 8 } },
  'WAV of 24 bits': { bytes: wav(tones, { bits: 24 }), code: 'AUDIO_BITS', params: { bits: 24 } },
  'WAV of 24 bits in the long form': {
    bytes: wav(tones, { bits: 24, isExtensible: true }),
    code: 'AUDIO_BITS',
    params: { bits: 24 },
  },
  'WAV of float': { bytes: wav(tones, { tag: 3, bits: 32 }), ...found('WAV (float)') },
  'WAV of GSM': { bytes: wav(tones, { tag: 0x31, bits: 0, blockAlign: 65 }), ...found('WAV (GSM 6.10)') },
  'WAV of ADPCM': { bytes: wav(tones, { tag: 2, bits: 4 }), ...found('WAV (ADPCM)') },
  'WAV of IMA ADPCM': { bytes: wav(tones, { tag: 0x11, bits: 4 }), ...found('WAV (IMA ADPCM)') },
  'WAV of MP3': { bytes: wav(tones, { tag: 0x55, bits: 0 }), ...found('WAV (MP3)') },
  'WAV of a codec that nobody names': { bytes: wav(tones, { tag: 0x1234 }), ...found('WAV (codec 4660)') },
  'WAV of A-law': { bytes: wav(tones, { tag: 6 }), code: 'AUDIO_G711', params: { codec: 'A-law' } },
  'WAV of µ-law': { bytes: wav(tones, { tag: 7 }), code: 'AUDIO_G711', params: { codec: 'µ-law' } },
  'WAV of one channel': { bytes: wav(tones, { channels: 1 }), code: 'AUDIO_MONO' },
  'WAV of no channel': {
    bytes: wav(tones, { channels: 0 }),
    code: 'AUDIO_CHANNELS',
    params: { channels: 0 },
  },
  'WAV of six channels': {
    bytes: wav(tones, { channels: 6 }),
    code: 'AUDIO_CHANNELS',
    params: { channels: 6 },
  },
  'WAV of 6 kHz': { bytes: wav(tones, { sampleRate: 6000 }), code: 'AUDIO_RATE', params: { rate: 6000 } },
  'WAV of 96 kHz': { bytes: wav(tones, { sampleRate: 96_000 }), code: 'AUDIO_RATE' },
  'WAV that contradicts itself': { bytes: wav(tones, { blockAlign: 3 }), code: 'AUDIO_DAMAGED' },
  'WAV without a format': {
    bytes: Buffer.concat([wav(tones).subarray(0, 12), chunk('data', tones)]),
    code: 'AUDIO_DAMAGED',
    params: { container: 'WAV', place: 12 },
  },
  'WAV of chunks without names': {
    bytes: Buffer.concat([wav(tones).subarray(0, 12), formatChunk({}), Buffer.alloc(500)]),
    code: 'AUDIO_DAMAGED',
    params: { container: 'WAV', place: 36 },
  },
  'WAV of 5 hours by its header': {
    bytes: wav(tones, { dataSize: 5 * 3600 * 32_000 }),
    code: 'AUDIO_LONG',
    params: { hours: 4 },
  },
  'WAV longer than the setting, by its sound': {
    bytes: wav(tones, { dataSize: 0 }),
    code: 'AUDIO_LONG',
    params: { hours: 0 },
    rules: { longestSeconds: 0.2 },
  },
  'WAV with less than its header says': { bytes: wav(tones, { dataSize: 8001 }), ...cut('WAV') },
  'WAV that ends before its sound': { bytes: wav(tones).subarray(0, 40), ...cut('WAV') },
  'WAV that is all header': { bytes: wav(Buffer.alloc(0)), code: 'AUDIO_EMPTY' },
};

const ofMp3: Readonly<Record<string, BadRecording>> = {
  'MP3 that ends within a frame': { bytes: mp3(30).subarray(0, -1), ...cut('MP3') },
  'MP3 that ends within the head of a frame': {
    bytes: mp3(30).subarray(0, mp3(29).length + 4),
    ...cut('MP3'),
  },
  'MP3 with fewer frames than it says': {
    bytes: Buffer.concat([xingFrame(50), mp3(48)]),
    ...cut('MP3'),
  },
  'MP3 of 5 hours by its own word': {
    bytes: Buffer.concat([xingFrame(5 * 3600 * 40), mp3(40)]),
    code: 'AUDIO_LONG',
  },
  'MP3 longer than the setting': { bytes: mp3(40), code: 'AUDIO_LONG', rules: { longestSeconds: 1 } },
  'MP3 of one channel': { bytes: mp3(40, { channels: 1 }), code: 'AUDIO_MONO' },
  'MP3 that ends within its tag': { bytes: id3v2(9000).subarray(0, 5000), ...cut('MP3') },
  'MP3 that is all tag': { bytes: id3v2(50), code: 'AUDIO_EMPTY' },
  'MP3 with another kind in its midst': {
    bytes: Buffer.concat([mp3(30), noise(9000, 3), mp3(3)]),
    code: 'AUDIO_DAMAGED',
    params: { container: 'MP3', place: mp3(30).length },
  },
  'FLAC behind a tag of MP3': {
    bytes: Buffer.concat([id3v2(50), otherFormats['FLAC'] ?? Buffer.alloc(0)]),
    ...found('FLAC'),
  },
  'nothing known behind a tag of MP3': {
    bytes: Buffer.concat([id3v2(20_000), Buffer.alloc(9000)]),
    code: 'AUDIO_UNKNOWN',
  },
  'MP3 with swapped channels': {
    bytes: mp3(40),
    code: 'AUDIO_SWAP',
    params: { container: 'MP3' },
    rules: { swapChannels: true },
  },
  'MP3 of the free format': { bytes: freeFormat(40), ...found('MP3 (free format)') },
  MP2: { bytes: mp3(40, { layer: 2, kilobits: 32 }), ...found('MP2') },
};

const opus = oggOpus(200);
const lastPage = opus.lastIndexOf('OggS');
const ofOgg: Readonly<Record<string, BadRecording>> = {
  'OGG Vorbis': { bytes: oggOther('vorbis'), ...found('OGG Vorbis') },
  'OGG Speex': { bytes: oggOther('speex'), ...found('OGG Speex') },
  'OGG FLAC': { bytes: oggOther('flac'), ...found('OGG FLAC') },
  'OGG Opus of six channels': { bytes: oggOpus(50, { channels: 6 }), code: 'AUDIO_CHANNELS' },
  'OGG Opus of one channel': { bytes: oggOpus(50, { channels: 1 }), code: 'AUDIO_MONO' },
  'OGG Opus that does not say that it ends': { bytes: oggOpus(200, { hasEnd: false }), ...cut('OGG') },
  'OGG Opus without its last page': { bytes: opus.subarray(0, lastPage), ...cut('OGG') },
  'OGG Opus with a cut page': { bytes: opus.subarray(0, -1), ...cut('OGG') },
  'OGG Opus with the head of a page': { bytes: opus.subarray(0, lastPage + 20), ...cut('OGG') },
  'OGG Opus with a hole': {
    bytes: Buffer.concat([opus.subarray(0, lastPage - 10), opus.subarray(lastPage)]),
    code: 'AUDIO_DAMAGED',
  },
  'OGG Opus that goes on with another stream': {
    bytes: Buffer.concat([opus, oggOpus(50, { serial: 78 })]),
    code: 'AUDIO_OGG_SEVERAL',
  },
  'OGG of two streams side by side': {
    bytes: Buffer.concat([
      page([opusHead()], { begins: true }),
      page([opusHead()], { begins: true, serial: 5 }),
    ]),
    code: 'AUDIO_OGG_SEVERAL',
  },
  'OGG Opus of 5 hours': {
    bytes: Buffer.concat([
      page([opusHead()], { begins: true }),
      page([Buffer.alloc(3)], { granule: 5 * 3600 * 48_000 }),
    ]),
    code: 'AUDIO_LONG',
  },
  'OGG Opus of no sound': {
    bytes: Buffer.concat([page([opusHead()], { begins: true }), page([], { granule: 312, ends: true })]),
    code: 'AUDIO_EMPTY',
  },
  'OGG Opus with swapped channels': { bytes: opus, code: 'AUDIO_SWAP', rules: { swapChannels: true } },
};

const raw = { sampleRate: 8000, channels: 2 };
const ofNoKind: Readonly<Record<string, BadRecording>> = {
  nothing: { bytes: Buffer.alloc(0), code: 'AUDIO_EMPTY' },
  noise: { bytes: noise(20_000), code: 'AUDIO_UNKNOWN' },
  'one byte': { bytes: Buffer.from([0xff]), code: 'AUDIO_UNKNOWN' },
  'LPCM of half a sample': {
    bytes: noise(4001),
    code: 'AUDIO_RAW',
    params: { bytes: 4001, channels: 2 },
    rules: { raw },
  },
  'LPCM set to 4 kHz': {
    bytes: noise(4000),
    code: 'AUDIO_RATE',
    rules: { raw: { ...raw, sampleRate: 4000 } },
  },
  'LPCM set to one channel': {
    bytes: noise(4000),
    code: 'AUDIO_MONO',
    rules: { raw: { ...raw, channels: 1 } },
  },
  'LPCM longer than the setting': {
    bytes: noise(40_000),
    code: 'AUDIO_LONG',
    rules: { raw, longestSeconds: 1 },
  },
  'a page where LPCM is set': {
    bytes: pages['HTML'] ?? Buffer.alloc(0),
    code: 'AUDIO_NOT_RECORDING',
    rules: { raw },
  },
};

const ofPages = Object.entries(pages).map(([kind, bytes]): [string, BadRecording] => [
  `${kind} in the place of a recording`,
  { bytes, code: 'AUDIO_NOT_RECORDING', params: { found: kind } },
]);
const ofOthers = Object.entries(otherFormats).map(([name, bytes]): [string, BadRecording] => [
  name,
  { bytes, ...found(name) },
]);

/** Whatever no talk can be made of, and how that is told. */
export const badRecordings: Readonly<Record<string, BadRecording>> = {
  ...ofWav,
  ...ofMp3,
  ...ofOgg,
  ...ofNoKind,
  ...Object.fromEntries([...ofPages, ...ofOthers]),
};

import type { G711 } from './g711';
import { damaged, refusedFormat, type AudioShape } from './judge';
import { verdict } from './verdicts';

/** What the chunk `fmt ` says, when it is something that can be sent. */
export interface WavFormat extends AudioShape {
  /** Undefined: 16-bit LPCM. */
  readonly law: G711 | undefined;
  readonly bytesPerFrame: number;
}

export const shortestFormatBytes = 16;
/** With the extension: what comes after it belongs to codecs that are not taken. */
export const longestFormatBytes = 40;

const tags = { lpcm: 1, aLaw: 6, muLaw: 7, extensible: 0xfffe };
const names: Readonly<Record<number, string>> = {
  0x02: 'WAV (ADPCM)',
  0x03: 'WAV (float)',
  0x11: 'WAV (IMA ADPCM)',
  0x31: 'WAV (GSM 6.10)',
  0x40: 'WAV (G.721 ADPCM)',
  0x50: 'WAV (MPEG)',
  0x55: 'WAV (MP3)',
  0x64: 'WAV (G.726)',
  0x65: 'WAV (G.722)',
  0x83: 'WAV (G.729)',
};

export function readWavFormat(format: Buffer, place: number): WavFormat {
  const tag = tagOf(format, place);
  const channels = format.readUInt16LE(2);
  const sampleRate = format.readUInt32LE(4);
  const bytesPerFrame = format.readUInt16LE(12);
  const bits = format.readUInt16LE(14);
  const law = tag === tags.aLaw ? 'A-law' : tag === tags.muLaw ? 'µ-law' : undefined;
  if (tag !== tags.lpcm && law === undefined) throw refusedFormat(names[tag] ?? `WAV (codec ${tag})`);
  if (law === undefined && bits !== 16) throw verdict('AUDIO_BITS', `WAV: LPCM of ${bits} bits`, { bits });
  if (law !== undefined && bits !== 8) throw damaged('WAV', place);
  // Of no channels there is a verdict of its own.
  if (channels > 0 && bytesPerFrame !== (channels * bits) / 8) throw damaged('WAV', place);
  return { channels, sampleRate, law, bytesPerFrame };
}

/** The end of the id under which WAVE_FORMAT_EXTENSIBLE files the old tags. */
const oldTagId = Buffer.from('00001000800000aa00389b71', 'hex');

function tagOf(format: Buffer, place: number): number {
  const tag = format.readUInt16LE(0);
  if (tag !== tags.extensible) return tag;
  if (format.length < longestFormatBytes) throw damaged('WAV', place);
  if (!format.subarray(28, 40).equals(oldTagId)) throw refusedFormat('WAV (WAVE_FORMAT_EXTENSIBLE)');
  return format.readUInt32LE(24);
}

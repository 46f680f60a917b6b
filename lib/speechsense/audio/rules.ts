/** What a recording has to be, and what may be done to it on the way. */
export interface AudioRules {
  /** One channel where the connection has two: refused, sent with a note, or sent. */
  readonly mono: 'reject' | 'warn' | 'allow';
  /** WAV of A-law or µ-law becomes 16-bit LPCM, twice as long. */
  readonly convertToLpcm?: boolean | undefined;
  /** Left becomes right: of LPCM, and of what was converted to it. */
  readonly swapChannels?: boolean | undefined;
  /** What has no header that is known is taken for LPCM of this shape; undefined: it is refused. */
  readonly raw?: RawShape | undefined;
  /** The service takes no more than 4 hours. */
  readonly longestSeconds?: number | undefined;
}

export interface RawShape {
  readonly sampleRate: number;
  readonly channels: number;
}

export type AudioContainer = 'wav' | 'ogg' | 'mp3' | 'raw';
export type AudioCodec = 'lpcm16' | 'opus' | 'mp3';

/**
 * `mono`: one channel went to a connection of two. `converted`: it was A-law or µ-law. `swapped`: left is right now.
 * All of them are said of what was sent.
 */
export type AudioNote = 'mono' | 'converted' | 'swapped';

/** Of the recording as it was sent. */
export interface AudioFacts {
  readonly container: AudioContainer;
  readonly codec: AudioCodec;
  readonly channels: number;
  readonly sampleRate: number;
  /** Undefined: not everything was looked at. */
  readonly durationSeconds: number | undefined;
  readonly notes: readonly AudioNote[];
}

/** What the service is told about the bytes that follow. */
export type AudioDescription =
  | { readonly container: 'wav' | 'ogg-opus' | 'mp3' }
  | { readonly encoding: 'lpcm16'; readonly sampleRate: number; readonly channels: number };

export const longestTalkSeconds = 4 * 3600;

export { sampleRate } from './voices';
export { talkPieces, talkSeconds, type TalkSecond, type TalkShape } from './talk';
export { wavHeader, wavHeaderBytes, wavSize, type WavShape } from './wav';

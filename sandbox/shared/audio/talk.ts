import { rollBelow } from '../dice';
import { sampleRate, silentSecond, voiceSecond, type Side } from './voices';
import { wavHeader, type WavShape } from './wav';

export interface TalkShape extends WavShape {
  seed: number;
}

/** What is heard in one second of a talk: one of the two speaks, or nobody does. */
export interface TalkSecond {
  side: Side | 'nobody';
  wording: number;
}

const longestTurn = 6;

/** The two take turns of a few seconds, with a pause now and then. */
export function* talkSeconds({ seed, seconds }: TalkShape): Generator<TalkSecond> {
  let left = 0;
  let turn = 0;
  let side: TalkSecond['side'] = 'operator';
  for (let second = 0; second < seconds; second += 1) {
    if (left === 0) {
      turn += 1;
      const isPause = rollBelow(7, seed, turn, 1) === 0;
      side = isPause ? 'nobody' : turn % 2 === 1 ? 'operator' : 'client';
      left = isPause ? 1 : 1 + rollBelow(longestTurn, seed, turn, 2);
    }
    left -= 1;
    yield { side, wording: rollBelow(6, seed, second, 3) };
  }
}

/** A whole recording piece by piece, a second each: the operator is left, the client right. No piece may be changed. */
export function* talkPieces(shape: TalkShape): Generator<Buffer> {
  yield wavHeader(shape);
  for (const second of talkSeconds(shape)) yield secondPiece(second, shape.channels);
}

const made = new Map<string, Buffer>();

function secondPiece({ side, wording }: TalkSecond, channels: 1 | 2): Buffer {
  const key = side === 'nobody' ? `nobody ${channels}` : `${side} ${wording} ${channels}`;
  const known = made.get(key);
  if (known) return known;
  const voice = side === 'nobody' ? silentSecond : voiceSecond(side, wording);
  const piece = Buffer.alloc(sampleRate * channels * 2);
  const shift = channels === 2 && side === 'client' ? 1 : 0;
  voice.forEach((sample, at) => piece.writeInt16LE(sample, (at * channels + shift) * 2));
  made.set(key, piece);
  return piece;
}

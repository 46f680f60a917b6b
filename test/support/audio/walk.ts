import { createAudioWalk, type AudioWalkOptions } from '../../../lib/speechsense/audio/audio-walk';
import type { AudioDescription, AudioFacts } from '../../../lib/speechsense/audio/rules';
import { BitlaneError } from '../../../lib/core/errors';

export interface Walked {
  sent: Buffer;
  facts: AudioFacts | undefined;
  description: AudioDescription | undefined;
  expectedBytes: number | undefined;
}

/** All pieces go by, and the end is said. */
export function walkThrough(pieces: readonly Buffer[], options: AudioWalkOptions): Walked {
  const walk = createAudioWalk(options);
  const sent = pieces.map((piece) => walk.pass(piece));
  sent.push(walk.end());
  return {
    sent: Buffer.concat(sent),
    facts: walk.facts(),
    description: walk.description(),
    expectedBytes: walk.expectedBytes(),
  };
}

/** What a person is told, or what the recording is. */
export type Outcome = { code: string; params: object } | { facts: AudioFacts | undefined };

export function outcomeOf(pieces: readonly Buffer[], options: AudioWalkOptions): Outcome {
  try {
    return { facts: walkThrough(pieces, options).facts };
  } catch (thrown) {
    if (!(thrown instanceof BitlaneError)) throw thrown;
    return { code: thrown.code, params: thrown.params };
  }
}

import { headBytes, inspectorFor } from './find-format';
import { noBytes, type Inspector } from './inspector';
import type { AudioContainer, AudioDescription, AudioFacts, AudioRules } from './rules';
import { verdict } from './verdicts';

export interface AudioWalkOptions {
  readonly rules: AudioRules;
  /** How long the recording is by its source's own word. */
  readonly wholeBytes?: number | undefined;
  /** The others are refused. */
  readonly containers?: readonly AudioContainer[] | undefined;
}

/** Finds out what a recording is while it goes by, with no more than its head in memory. */
export interface AudioWalk {
  /** What goes on in the place of this piece, perhaps nothing yet. Throws the verdict as soon as there is one. */
  pass(piece: Buffer): Buffer;
  /** What was held back. Throws the last verdict: until then nothing may be made of the recording. */
  end(): Buffer;
  /** Known from the first byte on that goes on. */
  description(): AudioDescription | undefined;
  facts(): AudioFacts | undefined;
  /** How much goes on in all, where that can be known before. */
  expectedBytes(): number | undefined;
}

export function createAudioWalk({ rules, wholeBytes, containers }: AudioWalkOptions): AudioWalk {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let inspector: Inspector | undefined;

  function decide(head: Buffer, isWhole: boolean): Inspector {
    const found = inspectorFor({ bytes: head.subarray(0, headBytes), isWhole }, rules, wholeBytes);
    refuseOthers(found.description);
    return found;
  }

  function refuseOthers(description: AudioDescription): void {
    const container = containerOf(description);
    if (!containers || containers.includes(container)) return;
    throw verdict('AUDIO_BADGE', `${container} is not among ${containers.join(', ')}`, {
      found: container === 'ogg' ? 'OGG Opus' : 'LPCM',
    });
  }

  function passHead(isWhole: boolean): Buffer {
    const head = held.length === 1 && held[0] ? held[0] : Buffer.concat(held);
    held = [];
    inspector = decide(head, isWhole);
    return inspector.pass(head);
  }

  return {
    pass(piece) {
      if (inspector) return inspector.pass(piece);
      held.push(piece);
      heldBytes += piece.length;
      return heldBytes < headBytes ? noBytes : passHead(false);
    },
    end() {
      const begun = inspector ? noBytes : passHead(true);
      const last = inspector?.end() ?? noBytes;
      return begun.length === 0 ? last : Buffer.concat([begun, last]);
    },
    description: () => inspector?.description,
    facts: () => inspector?.facts(),
    expectedBytes: () => (inspector ? inspector.expectedBytes() : wholeBytes),
  };
}

function containerOf(description: AudioDescription): AudioContainer {
  if ('encoding' in description) return 'raw';
  return description.container === 'ogg-opus' ? 'ogg' : description.container;
}

import { at, textAt } from '../core/fields';

/** How fast the bot seems to write, as its settings say; what they leave out is Typebot's own default. */
export interface TypingPace {
  enabled?: boolean;
  /** Words a minute. */
  speed?: number;
  /** Seconds. */
  maxDelay?: number;
  /** Seconds. */
  delayBetweenBubbles?: number;
  isDisabledOnFirstMessage?: boolean;
}

const defaults = { speed: 400, maxDelay: 3, delayBetweenBubbles: 0 };
const flagNames = ['enabled', 'isDisabledOnFirstMessage'] as const;
const numberNames = ['speed', 'maxDelay', 'delayBetweenBubbles'] as const;

/** Out of the settings of the bot, or back from the store. */
export function readPace(value: unknown): TypingPace | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const pace: TypingPace = {};
  for (const name of flagNames) {
    const flag = at(value, name);
    if (typeof flag === 'boolean') pace[name] = flag;
  }
  for (const name of numberNames) {
    const number = Number(textAt(value, name) ?? Number.NaN);
    if (number >= 0 && Number.isFinite(number)) pace[name] = number;
  }
  return pace;
}

/** Where a bubble stands: the very first one of a conversation may come at once. */
export interface BubblePlace {
  readonly isFirstOfAll: boolean;
  readonly followsAnother: boolean;
}

/** How long the bot seems to write this text, and how long it rests before it. */
export function typingMs(text: string, pace: TypingPace, place: BubblePlace): number {
  const { speed = defaults.speed, maxDelay = defaults.maxDelay } = pace;
  const { delayBetweenBubbles = defaults.delayBetweenBubbles } = pace;
  const rest = place.followsAnother ? delayBetweenBubbles : 0;
  const isSpared = place.isFirstOfAll && pace.isDisabledOnFirstMessage !== false;
  if (pace.enabled === false || isSpared) return Math.round(rest * 1000);
  const wordsPerMinute = speed > 0 ? speed : defaults.speed;
  const seconds = Math.min((countWords(text) / wordsPerMinute) * 60, maxDelay);
  return Math.round((rest + seconds) * 1000);
}

/** Of any alphabet: Typebot's own count takes a Russian text for one word a letter. */
function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}_\p{M}]+/gu)?.length ?? 0;
}

import { at, entriesAt, textAt } from '../core/fields';
import { cleanDescription, type HiddenTexts } from '../core/hidden-texts';
import type { Part } from '../core/parts';
import { bubbleBefore, playAction, waitParts, type DueReply } from './actions';
import { bubbleParts, bubbleWaitsForEvent, type UnshownBubble } from './bubbles/bubble-parts';
import { readInput, type TypebotInput } from './inputs/input';
import { typingMs, type TypingPace } from './pace';

export interface TypebotLog {
  status: string;
  description: string;
}

export interface PlayOptions {
  readonly maxWaitSeconds: number;
  /** The bot's pace, when the answer is to keep it. */
  readonly pace: TypingPace | undefined;
  readonly isStart: boolean;
  readonly markdownInText: boolean;
  readonly hidden: HiddenTexts;
}

/** What the answers of a bot have come to. */
export interface Play {
  readonly parts: Part[];
  readonly logs: TypebotLog[];
  handover: boolean;
  /** How many bubbles there were, shown or not: by them Typebot tells whether it took the first message. */
  bubbles: number;
  /** The question at the end; nothing while the bot has more to do. */
  input: TypebotInput | undefined;
  waits: 'webhook' | 'embed' | undefined;
}

export function startPlay(): Play {
  return { parts: [], logs: [], handover: false, bubbles: 0, input: undefined, waits: undefined };
}

/** Adds an answer to what there is, strictly in its order. Gives what the bot must hear before it goes on. */
export function playAnswer(play: Play, answer: unknown, options: PlayOptions): DueReply | undefined {
  const bubbles = entriesAt(answer, 'messages');
  const actions = entriesAt(answer, 'clientSideActions');
  const placed = placeActions(bubbles, actions);
  let due: DueReply | undefined;
  const playAll = (some: readonly unknown[]): void => {
    for (const action of some) {
      const played = playAction(action, options);
      play.parts.push(...played.parts);
      play.handover ||= played.handover ?? false;
      due ??= played.due;
    }
  };
  playAll(placed.first);
  bubbles.forEach((bubble, place) => {
    playBubble(play, bubble, options);
    playAll(placed.behind[place] ?? []);
  });
  play.logs.push(...entriesAt(answer, 'logs').map((log) => cleanLog(log, options.hidden)));
  play.input = due ? undefined : readInput(at(answer, 'input'));
  play.waits = waitsFor(play, bubbles, due);
  return due;
}

function playBubble(play: Play, bubble: unknown, options: PlayOptions): void {
  const { pace, isStart, markdownInText, maxWaitSeconds } = options;
  const report = ({ reason, type }: UnshownBubble): void => {
    const told = reason === 'unknown-type' ? 'its type is not known' : 'its address cannot be used';
    const kind = /^[\w -]+$/.test(type) ? ` (${type})` : '';
    play.logs.push({ status: 'warning', description: `a bubble${kind} is not shown: ${told}` });
  };
  const parts = bubbleParts(bubble, { markdownInText, report });
  if (pace && parts.length > 0) {
    const place = { isFirstOfAll: isStart && play.bubbles === 0, followsAnother: play.bubbles > 0 };
    play.parts.push(...waitParts(typingMs(wordsOf(parts), pace, place) / 1000, maxWaitSeconds));
  }
  play.bubbles += 1;
  play.parts.push(...parts);
}

/** What one would type of them: no tags and no addresses. */
function wordsOf(parts: readonly Part[]): string {
  return parts
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join(' ')
    .replace(/\[\/?(?:[a-z]{1,5})(?:=[^\]]*)?\]|https?:\/\/\S+/gi, ' ');
}

interface PlacedActions {
  readonly first: readonly unknown[];
  /** For each bubble, by its place. */
  readonly behind: readonly (readonly unknown[])[];
}

/**
 * An action belongs to its bubble also when nothing of that is shown. A bubble that a circle in the flow repeats has one
 * action each time.
 */
function placeActions(bubbles: readonly unknown[], actions: readonly unknown[]): PlacedActions {
  const ids = bubbles.map((bubble) => textAt(bubble, 'id'));
  const waiting = actions.filter((action) => bubbleBefore(action) !== undefined);
  const behind = ids.map((id, place) => {
    const own = waiting.filter((action) => bubbleBefore(action) === id);
    const isLast = !ids.includes(id, place + 1);
    const now = isLast ? own : own.slice(0, 1);
    for (const action of now) waiting.splice(waiting.indexOf(action), 1);
    return now;
  });
  const first = actions.filter((action) => bubbleBefore(action) === undefined);
  if (waiting.length === 0 || behind.length === 0) return { first: [...first, ...waiting], behind };
  const last = [...(behind.at(-1) ?? []), ...waiting];
  return { first, behind: [...behind.slice(0, -1), last] };
}

function waitsFor(play: Play, bubbles: readonly unknown[], due: DueReply | undefined): Play['waits'] {
  if (due) return due.kind === 'webhook' ? 'webhook' : undefined;
  return play.input === undefined && bubbles.some(bubbleWaitsForEvent) ? 'embed' : undefined;
}

/** For the operator only. Its details may be whole requests of the bot, so they stay behind. */
function cleanLog(log: unknown, hidden: HiddenTexts): TypebotLog {
  const status = textAt(log, 'status') ?? '';
  return {
    status: /^\w{1,20}$/.test(status) ? status : 'info',
    description: cleanDescription(textAt(log, 'description') ?? '', hidden),
  };
}

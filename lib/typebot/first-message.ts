import { matchChoice } from '../core/choices/match-choice';
import { at, entriesAt, textAt } from '../core/fields';
import { playAction } from './actions';
import { hintLanguages } from './inputs/hint-texts';
import type { TypebotInput } from './inputs/input';
import { offersOf } from './inputs/offers';
import type { Said, TypebotMessage } from './inputs/reply';

/** These show something, so that a message before them is no answer to them. */
const shownInputs: readonly unknown[] = ['choice input', 'picture choice input', 'cards', 'payment input'];

/** What goes with the start. A file waits until it is known whether it can be taken: its text alone would use the question up. */
export function firstMessage({ text, files }: Said): TypebotMessage | undefined {
  return text.trim() === '' || files.length > 0 ? undefined : { type: 'text', text };
}

/** Whether the server may have used the message up: what it asks now is then its next question. */
export function couldBeTaken(answer: unknown): boolean {
  const isDue = entriesAt(answer, 'clientSideActions').some(
    (action) => playAction(action, { maxWaitSeconds: 0 }).due !== undefined,
  );
  return !isDue && !isShown(answer);
}

/** To buttons only what stands for one of them: a greeting would be called wrong before they were seen. */
export function fitsFirst(input: TypebotInput, { text }: Said): boolean {
  if (!shownInputs.includes(input.type)) return true;
  const multiple = input.isMultiple === true;
  return hintLanguages.some((language) => matchChoice(offersOf(input, language), text, { multiple }));
}

function isShown(answer: unknown): boolean {
  return shownInputs.includes(at(answer, 'input', 'type'));
}

/** Nothing but complaints that the answer did not fit, and the same question again. */
export function isRetry(answer: unknown): boolean {
  const inputId = textAt(answer, 'input', 'id');
  const bubbles = entriesAt(answer, 'messages');
  return (
    inputId !== undefined && bubbles.length > 0 && bubbles.every((bubble) => textAt(bubble, 'id') === inputId)
  );
}

/**
 * Older releases answer buttons with the first message and complain that it is none of them, to a person who has seen no
 * button yet.
 */
export function withoutEarlyRetry(answer: unknown): unknown {
  if (!isRetry(answer) || !isShown(answer)) return answer;
  return typeof answer === 'object' && answer !== null ? { ...answer, messages: [] } : answer;
}

import { matchChoice } from '../../core/choices/match-choice';
import { choiceMessage } from './choice-reply';
import { emailToSend, phoneToSend, urlToSend } from './contacts';
import { dateToSend } from './dates';
import { fileReply, messageWithFiles } from './file-reply';
import { hintLanguages } from './hint-texts';
import { inputContext, readInputContext, type TypebotInput } from './input';
import type { TypebotMessage } from './message';
import { isBeyondZero, numberToSend } from './numbers';
import { offersOf } from './offers';
import { isBelowScale, ratingToSend, scaleOf } from './rating';
import { timeToSend } from './read-time';
import type { AskAgainReason, ReplyPlan } from './reply-plan';
import type { Said } from './said';

export type { TypebotMessage } from './message';
export type { AskAgainReason, ReplyPlan } from './reply-plan';
export type { Said, SaidFile } from './said';

/** What is sent to the bot for what a person answered, or why nothing is. */
export async function replyTo(input: TypebotInput | undefined, said: Said): Promise<ReplyPlan> {
  const clicked = clickedContext(said);
  if (clicked !== undefined && clicked !== inputContext(input?.id ?? '')) return { kind: 'stale' };
  if (input === undefined) return sendText(said, 'text-expected');
  // Whatever is said to a question for money counts as paid.
  if (input.type === 'payment input') return { kind: 'ask-again', why: 'payment' };
  const chosen = chosenMessage(input, clicked === undefined ? undefined : said.choice?.ids, said);
  if (chosen !== undefined) return { kind: 'send', message: chosen };
  if (input.type === 'file input') return fileReply(input, said);
  const withFiles = await messageWithFiles(input, said);
  if (withFiles !== undefined) return { kind: 'send', message: withFiles };
  return textReply(input, said);
}

/** Choices of other builders are texts to this one. */
function clickedContext({ choice }: Said): string | undefined {
  const context = choice?.context;
  return context !== undefined && readInputContext(context) !== undefined ? context : undefined;
}

/** By what was clicked, else by what was typed. */
function chosenMessage(
  input: TypebotInput,
  clicked: readonly string[] | undefined,
  { text, files }: Said,
): TypebotMessage | undefined {
  const byClick = clicked && choiceMessage(input, clicked);
  if (byClick !== undefined) return byClick;
  // What stands beside a file is said about the file.
  return input.type === 'file input' && files.length > 0 ? undefined : typedChoice(input, text);
}

/** The answer that a text chooses, as it may have been called in each language; nothing when it chooses none. */
export function typedChoice(input: TypebotInput, text: string): TypebotMessage | undefined {
  for (const language of hintLanguages) {
    const offers = offersOf(input, language);
    if (offers.length === 0) continue;
    const found = matchChoice(offers, text, { multiple: input.isMultiple === true })?.map(({ id }) => id);
    const message = found && choiceMessage(input, found);
    if (message !== undefined) return message;
  }
  return undefined;
}

function textReply(input: TypebotInput, said: Said): ReplyPlan {
  const { text } = said;
  if (text.trim() === '')
    return sendText(said, offersOf(input, 'en').length > 0 ? 'choice-expected' : 'text-expected');
  switch (input.type) {
    case 'number input':
      return sendUnless(numberToSend(text), (number) => isBeyondZero(number, input));
    case 'rating input':
      return sendUnless(ratingToSend(text, scaleOf(input)), (mark) => isBelowScale(mark, scaleOf(input)));
    case 'date input':
      return send(dateToSend(text, input));
    case 'time input':
      return send(timeToSend(text));
    case 'phone number input':
      return send(phoneToSend(text, input.defaultCountryCode));
    case 'email input':
      return send(emailToSend(text));
    case 'url input':
      return send(urlToSend(text));
    default:
      return send(text);
  }
}

/** The server re-asks by itself, or has a way of its own for answers that do not fit: it is told all that can be told. */
function send(text: string): ReplyPlan {
  return { kind: 'send', message: { type: 'text', text } };
}

function sendUnless(text: string, isWrong: (text: string) => boolean): ReplyPlan {
  return isWrong(text) ? { kind: 'ask-again', why: 'number-range' } : send(text);
}

/** A file says nothing to a question that takes none. */
function sendText({ text, files }: Said, whyNotFile: AskAgainReason): ReplyPlan {
  if (text.trim() !== '') return send(text);
  return { kind: 'ask-again', why: files.length > 0 ? whyNotFile : 'empty' };
}

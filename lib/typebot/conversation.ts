import { InvalidError } from '../core/errors';
import { at } from '../core/fields';
import { askAgainText } from './inputs/ask-again';
import { unlessStopped } from './in-turn';
import { readInput, type TypebotInput } from './inputs/input';
import { offersOf } from './inputs/offers';
import { replyTo, type ReplyPlan, type Said, type TypebotMessage } from './inputs/reply';
import { couldBeTaken, firstMessage, fitsFirst, isRetry, withoutEarlyRetry } from './first-message';
import { isLost } from './refusal';
import type { StartRequest, TypebotTurn } from './request';
import { finish, follow, goOn, languageOf, leaveAsItIs, noteUnsure, openSession, type Run } from './run';
import { sessionAt, type TypebotSession } from './session';
import { prefilledVariables } from './variables';

export function startConversation(run: Run, { said, resultId }: StartRequest): Promise<TypebotTurn> {
  return begin(run, said, resultId).then(() => finish(run));
}

/** Starts the bot and makes sure that the first message reaches it wherever it can be taken. */
export async function begin(run: Run, said: Said | undefined, resultId?: string): Promise<void> {
  const { variables = {} } = run.options;
  const message = said && firstMessage(said);
  const answer = await openSession(run, {
    prefilledVariables: prefilledVariables(variables),
    ...(message !== undefined && { message }),
    resultId,
  });
  const isRefused = message !== undefined && isRetry(answer);
  if (said && isRefused && (await sayInOtherWords(run, readInput(at(answer, 'input')), said))) return;
  await follow(run, message === undefined ? answer : withoutEarlyRetry(answer));
  if (said && !(message !== undefined && couldBeTaken(answer))) await answerFirstQuestion(run, said);
}

/** A date or a number, in the form that the bot wants: its complaint about the first form is not shown. */
async function sayInOtherWords(run: Run, input: TypebotInput | undefined, said: Said): Promise<boolean> {
  if (!input || !fitsFirst(input, said)) return false;
  const plan = await planFor(run, input, withoutClick(said));
  const isOther =
    plan.kind === 'send' && plan.message?.type === 'text' && plan.message.text !== said.text.trim();
  if (isOther) await follow(run, await goOn(run, plan.message));
  return isOther;
}

/** The server leaves a message aside when it meets buttons or something to do; nothing was shown before, so it stands. */
export async function answerFirstQuestion(run: Run, said: Said): Promise<void> {
  const { input, bubbles } = run.play;
  if (!input || bubbles > 0 || !fitsFirst(input, said)) return;
  const plan = await planFor(run, input, withoutClick(said));
  if (plan.kind === 'send') await follow(run, await goOn(run, plan.message));
}

/** Addresses of files are made by whoever asked, in their own time. */
function planFor({ turn }: Run, input: TypebotInput | undefined, said: Said): Promise<ReplyPlan> {
  return unlessStopped(replyTo(input, said), turn.signal);
}

export async function answerQuestion(run: Run, session: TypebotSession, said: Said): Promise<TypebotTurn> {
  if (isOfAnotherBot(run, session)) return beginAgain(run, said);
  // What a person writes would be taken for what the webhook brings.
  if (session.waits === 'webhook') return leaveAsItIs(run, session);
  const isUnknown = session.input === undefined && session.waits === undefined;
  if (isUnknown || session.isUnsure) return answerAfterLook(run, session, said);
  const plan = await planFor(run, session.input, said);
  if (plan.kind === 'stale') return leaveAsItIs(run, session);
  if (plan.kind === 'ask-again') {
    return leaveAsItIs(run, session, askAgainText(plan.why, session.input, languageOf(run.options)));
  }
  return say(run, session, plan.message, said);
}

async function say(
  run: Run,
  session: TypebotSession,
  message: TypebotMessage,
  said: Said,
): Promise<TypebotTurn> {
  let answer: unknown;
  noteUnsure(run, session);
  try {
    answer = await run.context.talk.say(session.id, message, run.scope);
  } catch (error) {
    if (isLost(error)) return beginAgain(run, said, session.resultId);
    throw error;
  }
  await follow(run, answer);
  return finish(run);
}

/**
 * What a person writes must never reach a payment or a webhook. Where it is not known what the bot asks, it is asked
 * by an answer that fits no question, and asks again.
 */
async function answerAfterLook(run: Run, session: TypebotSession, said: Said): Promise<TypebotTurn> {
  let answer: unknown;
  try {
    answer = await run.context.talk.say(session.id, null, run.scope);
  } catch (error) {
    if (isLost(error)) return beginAgain(run, said, session.resultId);
    throw error;
  }
  const input = readInput(at(answer, 'input'));
  if (input && isRetry(answer)) {
    const now = sessionAt(session, { publicId: run.context.publicId, input });
    return wasHeard(run, session, input) ? askOnce(run, now, input) : answerQuestion(run, now, said);
  }
  await follow(run, answer);
  return finish(run);
}

/** The bot has gone on since: what it is told here once more was the answer to another question. */
function wasHeard({ options }: Run, { input, isUnsure }: TypebotSession, asked: TypebotInput): boolean {
  return options.isRepeated === true && isUnsure === true && input !== undefined && input.id !== asked.id;
}

/** Its words are lost with its answer; what can be chosen is known. */
function askOnce(run: Run, session: TypebotSession, input: TypebotInput): TypebotTurn {
  const language = languageOf(run.options);
  const why = offersOf(input, language).length > 0 ? 'choice-expected' : 'empty';
  return leaveAsItIs(run, session, askAgainText(why, input, language));
}

/** Once only: what is lost again is an error. */
async function beginAgain(run: Run, said: Said, resultId?: string): Promise<TypebotTurn> {
  run.restarted = true;
  await begin(run, said, resultId);
  return finish(run);
}

/** A click belonged to a question of another conversation. */
function withoutClick({ text, files }: Said): Said {
  return { text, files };
}

/** The settings lead to another bot since the conversation began. */
export function isOfAnotherBot({ context }: Run, { publicId }: TypebotSession): boolean {
  return publicId !== '' && publicId !== context.publicId;
}

/** What the webhook has brought, which nobody but the flow can tell. */
export async function resumeConversation(
  run: Run,
  session: TypebotSession,
  brought: unknown,
): Promise<TypebotTurn> {
  if (session.waits !== 'webhook') {
    throw new InvalidError('INPUT_INVALID', 'the bot waits for no webhook', { params: { what: 'session' } });
  }
  const text = JSON.stringify({ data: brought ?? null });
  await follow(run, await run.context.talk.say(session.id, { type: 'text', text }, run.scope));
  return finish(run);
}

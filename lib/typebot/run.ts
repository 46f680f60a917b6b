import type { Clock } from '../core/clock';
import { RefusedError, UnreachableError, type BitlaneError } from '../core/errors';
import { at, textAt } from '../core/fields';
import type { HiddenTexts } from '../core/hidden-texts';
import type { Part } from '../core/parts';
import type { DueReply } from './actions';
import type { CallScope } from './api';
import type { TurnAtWork } from './in-turn';
import { inputParts } from './inputs/input-parts';
import type { TypebotMessage } from './inputs/message';
import { readPace } from './pace';
import { playAnswer, startPlay, type Play } from './play';
import type { TurnOptions, TypebotTurn } from './request';
import { isSessionId, sessionAt, type TypebotSession } from './session';
import type { Opening, Talk } from './talk';

export interface RunContext {
  readonly talk: Talk;
  readonly clock: Clock;
  readonly publicId: string;
  hiding(sent: unknown): HiddenTexts;
  /** What a conversation is known by to those who wait for their turn in it. */
  keyOf(sessionId: string): string;
}

/** One turn of a conversation while it is under way. */
export interface Run {
  readonly context: RunContext;
  readonly turn: TurnAtWork;
  readonly options: TurnOptions;
  /** For the calls of this turn. */
  readonly scope: CallScope;
  /** What must not come back in a log. */
  readonly hidden: HiddenTexts;
  readonly startedAt: number;
  play: Play;
  session: TypebotSession | undefined;
  /** How often the bot went on by itself. */
  rounds: number;
  isStart: boolean;
  restarted: boolean;
}

/** A flow that asks for more is going round in a circle. */
const mostRounds = 20;
const usualMaxWaitSeconds = 10;

export interface RunSetting {
  readonly context: RunContext;
  readonly turn: TurnAtWork;
  readonly options: TurnOptions;
  readonly session?: TypebotSession | undefined;
  readonly said: unknown;
}

export function openRun({ context, turn, options, session, said }: RunSetting): Run {
  const hidden = [said, options.variables, session?.id];
  return {
    context,
    turn,
    options,
    scope: { signal: turn.signal, hidden },
    hidden: context.hiding(hidden),
    startedAt: context.clock.now(),
    play: startPlay(),
    session,
    rounds: 0,
    isStart: false,
    restarted: false,
  };
}

/** A session of its own for this run, with the first answer of the bot, which is still to be followed. */
export function openSession(run: Run, opening: Opening): Promise<unknown> {
  return run.context.talk.start(opening, run.scope).then((answer) => {
    noteSession(run, answer);
    return answer;
  });
}

function noteSession(run: Run, answer: unknown): void {
  const { context, turn } = run;
  const id = textAt(answer, 'sessionId') ?? '';
  if (!isSessionId(id)) throw noSession();
  const typing = readPace(at(answer, 'typebot', 'settings', 'typingEmulation'));
  turn.alsoHold(context.keyOf(id));
  run.isStart = true;
  run.session = {
    id,
    publicId: context.publicId,
    ...(typing && { typing }),
    startedAt: new Date(context.clock.now()).toISOString(),
  };
}

/** Takes an answer in and gives the bot what it wants to hear, until it asks a person or is through. */
export async function follow(run: Run, first: unknown): Promise<void> {
  let answer = first;
  for (;;) {
    const due = takeIn(run, answer);
    if (due?.kind !== 'reply') return;
    answer = await goOn(run, due.text === null ? null : { type: 'text', text: due.text });
  }
}

/** Before anything is said to the bot: when its answer is lost, nobody knows what it asks. */
export function noteUnsure({ options, play }: Run, session: TypebotSession): void {
  options.onProgress?.({ session: { ...session, isUnsure: true }, parts: [...play.parts] });
}

/** Says something to the bot that no person has just said. */
export async function goOn(run: Run, message: TypebotMessage): Promise<unknown> {
  const { session, scope, context } = run;
  if (!session) throw noSession();
  run.rounds += 1;
  if (run.rounds > mostRounds) throw loopOf(context.clock, run);
  noteUnsure(run, sessionNow(run, session));
  return context.talk.say(session.id, message, scope);
}

function takeIn(run: Run, answer: unknown): DueReply | undefined {
  const { options, session, play, isStart, hidden } = run;
  const resultId = textAt(answer, 'resultId');
  if (session && resultId !== undefined) run.session = { ...session, resultId };
  const pace = options.pace === true ? (session?.typing ?? {}) : undefined;
  const maxWaitSeconds = options.maxWaitSeconds ?? usualMaxWaitSeconds;
  const { markdownInText = false } = options;
  return playAnswer(play, answer, { maxWaitSeconds, pace, isStart, markdownInText, hidden });
}

export function finish(run: Run): TypebotTurn {
  const { play, session, options } = run;
  const { input, waits, logs, handover } = play;
  const ended = input === undefined && waits === undefined;
  return {
    parts: [...play.parts, ...(input ? inputParts(input, languageOf(options)) : [])],
    ...(session && !ended && { session: sessionNow(run, session) }),
    ...(session?.resultId !== undefined && { resultId: session.resultId }),
    ended,
    restarted: run.restarted,
    handover,
    logs,
  };
}

/** Nothing was said to the bot, which stays where it is. */
export function leaveAsItIs(run: Run, session: TypebotSession, hint = ''): TypebotTurn {
  const { resultId, input } = session;
  const question = input ? inputParts(input, languageOf(run.options)) : [];
  const isSaid = hint === '' || question.some((part) => part.type === 'text' && part.text.includes(hint));
  const hints: Part[] = isSaid ? [] : [{ type: 'text', text: hint, format: 'plain' }];
  return {
    parts: [...hints, ...question],
    session,
    ...(resultId !== undefined && { resultId }),
    ended: false,
    restarted: false,
    handover: false,
    logs: [],
  };
}

export function languageOf({ language = '' }: TurnOptions): string {
  return language;
}

function sessionNow({ play, context }: Run, session: TypebotSession): TypebotSession {
  const { input, waits } = play;
  return sessionAt(session, { publicId: context.publicId, input, waits });
}

/** How far a turn has got when it goes too far. */
export interface Effort {
  readonly rounds: number;
  readonly startedAt: number;
}

export function loopOf(clock: Clock, { rounds, startedAt }: Effort): BitlaneError {
  const seconds = Math.max(0, Math.round((clock.now() - startedAt) / 1000));
  const told = `no question and no end after ${rounds} rounds in ${seconds} s`;
  return new UnreachableError('TYPEBOT_LOOP', told, { sent: true, params: { rounds, seconds } });
}

function noSession(): RefusedError {
  const reason = 'no session';
  return new RefusedError('TYPEBOT_ADDRESS', `startChat: ${reason} in the answer`, { params: { reason } });
}

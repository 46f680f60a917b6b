import { CancelledError, InvalidError, toError } from '../../core/errors';
import type { Part } from '../../core/parts';
import { onAbort } from '../../core/unless-aborted';
import type { AnswerSettings } from '../reply/answer';
import { answerOnce, type OnceContext } from '../reply/answer-once';
import type { ApiCall } from '../reply/calls';
import type { FileSource } from '../reply/file-source';
import { callOperator, isNoLongerBots, type HandOverState } from '../reply/hand-over';
import { mayHaveArrived } from '../reply/send-pieces';
import { noRecord, onceForEvent, openSentRecord, wasDoneFor, type SentRecord } from '../reply/sent-record';
import type { OutgoingPiece } from '../text/render-parts';
import { chatOfLine, finishCall, silentCall, transferCall, type LineAct } from './line-act';

export interface LineOrder {
  act: LineAct;
  /** Said to the client before; empty: nothing. */
  text: string;
  /** For the staff alone; empty: none. */
  note: string;
}

export type LineContext = Pick<
  OnceContext,
  'portal' | 'speaker' | 'store' | 'target' | 'nodeId' | 'place' | 'turns' | 'clock' | 'signal' | 'onNotice'
>;

export interface LineOutcome {
  state: HandOverState;
  /** Why the client was not told. What was to be done is done all the same. */
  unsaid: Error | undefined;
}

const plainMessage: AnswerSettings = {
  as: 'message',
  choices: 'auto',
  allow: {},
  onFailure: 'error',
  failureText: '',
};

/**
 * Does something with the session of an Open Channel, once for an event: it is not done, and nothing is said, again
 * when the event comes back. A person matters more than what the bot says before.
 */
export async function actInLine({ act, text, note }: LineOrder, context: LineContext): Promise<LineOutcome> {
  const { target, store, portal, signal } = context;
  const chatId = chatOfLine(target);
  if (act.do === 'silent') {
    const { method, params } = silentCall(chatId, act.isOn);
    await portal.rest.call(method, params, { idempotent: true, urgent: true, signal });
    return { state: 'done', unsaid: undefined };
  }
  const { eventId, isRepeated } = target;
  // The dialog belongs to a person by now, and the bot may not even be in it.
  if (eventId !== undefined && isRepeated && (await wasDoneFor(store, eventId, 'operator'))) {
    return { state: 'already', unsaid: undefined };
  }
  const unsaid = await failureOf(() => say(text, 'message', context));
  const unnoted = await failureOf(() => say(note, 'system', context));
  if (unnoted) context.onNotice(unnoted);
  const state = await actOnce(act, chatId, context);
  if (act.do !== 'finish') await markHandedOver(context);
  return { state, unsaid: state === 'done' ? unsaid : undefined };
}

async function say(text: string, as: 'message' | 'system', context: LineContext): Promise<void> {
  if (text.trim() === '') return;
  const part: Part = { type: 'text', text, format: 'bbcode' };
  const { nodeId, onNotice } = context;
  await answerOnce(
    () => Promise.resolve([part]),
    { ...plainMessage, as },
    {
      ...context,
      nodeId: `${nodeId}:${as}`,
      files: noFiles,
      onSent: () => undefined,
      onHandOverFailed: onNotice,
    },
  );
}

const noFiles: FileSource = {
  read: () => Promise.reject(new InvalidError('INPUT_INVALID', 'no file is sent here')),
};

/** A deploy in the middle is another matter: then all of it is done again, or by somebody else. */
async function failureOf(work: () => Promise<void>): Promise<Error | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return toError(error);
  }
}

async function actOnce(
  act: Exclude<LineAct, { do: 'silent' }>,
  chatId: number,
  context: LineContext,
): Promise<HandOverState> {
  const { portal, speaker, signal } = context;
  // To call somebody twice does no harm: the portal says that somebody is there.
  if (act.do === 'operator') return callOperator(portal.rest, chatId, signal);
  const record = await openActRecord(context);
  if (record.isComplete) return 'already';
  const call = act.do === 'transfer' ? transferCall(chatId, act, speaker) : finishCall(chatId, speaker);
  try {
    await sendOnce(call, context, record);
    return 'done';
  } catch (error) {
    // Of a transfer an old portal says the same when that person cannot take it.
    if (act.do === 'finish' && isNoLongerBots(error)) return 'already';
    throw error;
  }
}

/** The record counts the pieces of an answer; here it is of one thing that is done. */
const oneThing: OutgoingPiece[] = [{ kind: 'message', text: '' }];

async function openActRecord(context: LineContext): Promise<SentRecord> {
  const { target, store, nodeId, place, turns, onNotice } = context;
  const { eventId, isRepeated } = target;
  if (eventId === undefined) return noRecord;
  const key = `sent:${eventId}:${nodeId}:${place}:act`;
  const isRepeat = turns.begin(key) || isRepeated;
  const record = await openSentRecord({ store, key, isRepeat, onUnkept: onNotice });
  await record.begin(oneThing);
  return record;
}

/** Behind what was said in the dialog, and never again after an unclear outcome: the next session would be hit. */
async function sendOnce(
  { method, params }: ApiCall,
  { portal, speaker, signal }: LineContext,
  record: SentRecord,
): Promise<void> {
  if (signal.aborted) throw new CancelledError();
  let isGone = false;
  const stopWatching = onAbort(signal, () => isGone && record.supposeGone(0));
  const onDeparture = (hasLeft: boolean): void => void (isGone = hasLeft);
  try {
    await portal.rest.send(speaker.dialogId, method, params, { onDeparture });
  } catch (error) {
    if (isGone && mayHaveArrived(error)) await record.gone(0, null);
    else await record.notGone();
    throw error;
  } finally {
    stopWatching();
  }
  await record.gone(0, null);
}

/** What else answers this event when it comes back must know. */
async function markHandedOver({ target, store, turns, onNotice }: LineContext): Promise<void> {
  const { eventId, isRepeated } = target;
  if (eventId === undefined) return;
  const once = onceForEvent({ store, eventId, turns, isRepeat: isRepeated, onUnkept: onNotice });
  await once('operator', () => Promise.resolve(true)).catch(onNotice);
}

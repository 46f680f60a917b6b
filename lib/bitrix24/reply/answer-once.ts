import { InvalidError } from '../../core/errors';
import type { Part } from '../../core/parts';
import type { StoreSource } from '../../store/store';
import { answer, type AnswerContext, type AnswerSettings } from './answer';
import type { AnswerTurns } from './answer-turns';
import { rememberChoices } from './choice-memory';
import { onceForEvent, openSentRecord, wasDoneFor } from './sent-record';

export interface OnceContext extends Omit<AnswerContext, 'record' | 'once' | 'onBegin' | 'onFileLost'> {
  store: StoreSource;
  nodeId: string;
  /** Which answer of the node to this hand-out of the event it is. */
  place: number;
  turns: AnswerTurns;
  /** Something is not as it should be, and the answer is given all the same. */
  onNotice: (notice: unknown) => void;
}

/** Gives an answer in its turn, or what is left of it when the event was handed out before. */
export async function answerOnce(
  readParts: () => Promise<Part[]>,
  settings: AnswerSettings,
  context: OnceContext,
): Promise<void> {
  const { target, turns, signal } = context;
  const { owner, dialogId, eventId } = target;
  const dialog = `${owner.memberId}:${owner.domain}:${dialogId}`;
  return turns.inOrder(dialog, signal, () =>
    eventId === undefined
      ? answerNew(readParts, settings, context)
      : answerEvent(eventId, readParts, settings, context),
  );
}

async function answerNew(
  readParts: () => Promise<Part[]>,
  settings: AnswerSettings,
  context: OnceContext,
): Promise<void> {
  const parts = await readParts();
  const onBegin = (): Promise<void> => rememberChoices(context.store, context.target, parts);
  await answer(parts, settings, { ...context, onBegin });
}

/**
 * The place among the answers of a node stands for the answer. A flow that says "one moment" the first time and not
 * the next would have its answer taken for that.
 */
async function answerEvent(
  eventId: string,
  readParts: () => Promise<Part[]>,
  settings: AnswerSettings,
  context: OnceContext,
): Promise<void> {
  const { target, store, nodeId, place, turns, onSent, onNotice } = context;
  // The dialog belongs to a person by now, and the bot may not even be in it.
  if (target.isRepeated && (await wasDoneFor(store, eventId, 'operator'))) return;
  const key = `sent:${eventId}:${nodeId}:${place}`;
  const isRepeat = turns.begin(key) || target.isRepeated;
  const record = await openSentRecord({ store, key, isRepeat, onUnkept: onNotice });
  for (const id of record.ids) onSent(id);
  if (record.isComplete && !context.handsOver) return;
  const once = onceForEvent({ store, eventId, turns, isRepeat: target.isRepeated, onUnkept: onNotice });
  const onFileLost = (): void => onNotice(fileLost());
  await answerNew(readParts, settings, { ...context, ...{ record, once, onFileLost } });
}

function fileLost(): InvalidError {
  return new InvalidError(
    'INPUT_INVALID',
    'a file of an interrupted answer was left out: the flow does not send it again in the same place',
    { params: { what: 'msg.parts' } },
  );
}

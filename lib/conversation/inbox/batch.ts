import type { BatchedMessage, BitrixEvent } from '../../bitrix24/events/event';
import type { StoredEvent } from './stored-event';
import type { ReaderRules } from '../../bitrix24/events/reader';

export interface WaitingEvent extends StoredEvent {
  attempts: number;
  ageMs: number;
}

/** `count` events from the head are to be handed out together, once `waitMs` have passed. */
export interface BatchPlan {
  count: number;
  waitMs: number;
}

export const LARGEST_BATCH = 100;

/** As BitBot joins them: texts alone. A command or a file ends the waiting at once. */
function isJoinable({ kind, text, files, command }: BitrixEvent): boolean {
  return kind === 'message' && text !== '' && files.length === 0 && command === undefined;
}

/**
 * Rests on nothing but what is stored, so that a crash inside the window changes neither its length nor what is
 * joined. What was handed out together before is handed out together again: what was sent in answer to it is on
 * record for exactly these messages.
 */
export function planBatch(
  waiting: readonly [WaitingEvent, ...WaitingEvent[]],
  rules: Pick<ReaderRules, 'batchMs' | 'batchMaxMs'>,
): BatchPlan {
  const [head] = waiting;
  if (head.attempts > 0) return { count: countWhile(waiting, ({ attempts }) => attempts > 0), waitMs: 0 };
  if (rules.batchMs <= 0 || !isJoinable(head.event)) return { count: 1, waitMs: 0 };
  const count = countWhile(waiting, (one, before) => belongsTo(head, before, one, rules));
  const last = waiting[count - 1] ?? head;
  const isClosed = count < waiting.length || count >= LARGEST_BATCH;
  const left = Math.min(rules.batchMs - last.ageMs, rules.batchMaxMs - head.ageMs);
  return { count, waitMs: isClosed ? 0 : Math.max(0, left) };
}

function belongsTo(
  head: WaitingEvent,
  before: WaitingEvent | undefined,
  one: WaitingEvent,
  { batchMs, batchMaxMs }: Pick<ReaderRules, 'batchMs' | 'batchMaxMs'>,
): boolean {
  if (before === undefined) return true;
  const isSamePerson = one.event.user.id === head.event.user.id;
  const isInTime = before.ageMs - one.ageMs <= batchMs && head.ageMs - one.ageMs <= batchMaxMs;
  return isJoinable(one.event) && isSamePerson && isInTime;
}

function countWhile(
  waiting: readonly WaitingEvent[],
  belongs: (one: WaitingEvent, before: WaitingEvent | undefined) => boolean,
): number {
  const end = waiting.findIndex((one, place) => !belongs(one, waiting[place - 1]));
  return Math.min(end < 0 ? waiting.length : end, LARGEST_BATCH);
}

/** The last one speaks for all, with the texts of all; the list is there even when it is one. */
export function joinEvents(
  events: readonly [StoredEvent, ...StoredEvent[]],
  isBatching: boolean,
): StoredEvent {
  const last = events.at(-1) ?? events[0];
  if (!isJoinable(last.event) || (!isBatching && events.length === 1)) return last;
  const batch = events.map(({ event }): BatchedMessage => {
    return { message: event.text, message_id: event.messageId, author_id: event.user.id };
  });
  const text = batch.map(({ message }) => message).join('\n');
  return { ...last, event: { ...last.event, text, batch } };
}

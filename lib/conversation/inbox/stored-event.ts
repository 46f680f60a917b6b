import { at, flagAt, idAt, keysAt, textAt } from '../../core/fields';
import type { BitrixEvent } from '../../bitrix24/events/event';

/** What lies in the store for each event. */
export interface StoredEvent {
  event: BitrixEvent;
  tokens: Readonly<Record<string, string>>;
  /** The portal node that believed it. */
  via: string;
  /** Hand-outs before it became a dead letter and was brought back: the answer may have been given in part. */
  earlier?: number;
}

export const QUEUE_KIND = 'inbox';
export const QUEUE_PREFIX = `${QUEUE_KIND}:`;

/** One dialog of one bot of one portal: the events in it are handled one after the other. */
export function queueOf({ portal, bot, dialogId, chatId }: BitrixEvent): string {
  const dialog = dialogId === '' ? (chatId ?? '') : dialogId;
  return `${QUEUE_PREFIX}${portal.memberId}:${bot.id ?? bot.code}:${dialog}`;
}

/** `undefined` when an older version wrote something that this one cannot work with. */
export function readStoredEvent(payload: unknown): StoredEvent | undefined {
  const event = at(payload, 'event');
  if (!isEvent(event)) return undefined;
  const stored = at(payload, 'tokens');
  const tokens = Object.fromEntries(keysAt(stored).map((name) => [name, textAt(stored, name) ?? '']));
  const earlier = idAt(payload, 'earlier');
  const via = textAt(payload, 'via') ?? '';
  return { event, tokens, via, ...(earlier !== undefined && { earlier }) };
}

/** The parts that every later step relies on; the rest was checked when the event came. */
function isEvent(value: unknown): value is BitrixEvent {
  const texts = [['kind'], ['eventId'], ['portal', 'memberId'], ['portal', 'domain']];
  if (!texts.every((path) => typeof at(value, ...path) === 'string')) return false;
  const records = ['bot', 'user', 'chat'].every((name) => typeof at(value, name) === 'object');
  return records && Array.isArray(at(value, 'files')) && typeof flagAt(value, 'redelivered') === 'boolean';
}

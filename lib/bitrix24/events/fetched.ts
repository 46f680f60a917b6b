import { at, idAt, textAt } from '../../core/fields';
import { InvalidError } from '../../core/errors';
import type { BitrixEvent } from './event';
import { normaliseV2 } from './normalise-v2';

/** One entry of `imbot.v2.Event.get`, as it came. What the portal left out is empty. */
export interface FetchedEvent {
  /** Its number in the queue of its bot. */
  eventId: number | null;
  type: string;
  date: string;
  data: unknown;
}

export function readFetched(item: unknown): FetchedEvent {
  return {
    eventId: idAt(item, 'eventId') ?? null,
    type: (textAt(item, 'type') ?? '').toUpperCase(),
    date: textAt(item, 'date') ?? '',
    data: at(item, 'data'),
  };
}

/**
 * Says the same as the event of a webhook. Nobody proves anything here: the portal was asked by us. What the portal
 * is comes from our own settings, because a fetched event does not name its sender.
 */
export function normaliseFetched(
  item: FetchedEvent,
  portal: BitrixEvent['portal'],
  receivedAt: string,
): BitrixEvent {
  const sentAs = item.eventId === null ? item.date : String(item.eventId);
  const arrival = { via: 'fetch', receivedAt, portal, sentAs } as const;
  const hasData = typeof item.data === 'object' && item.data !== null;
  const [event] = item.type === '' || !hasData ? [] : normaliseV2(item.type, item.data, arrival);
  if (event) return event;
  throw new InvalidError('INPUT_INVALID', 'a fetched event without a type or without data', {
    params: { what: 'event' },
  });
}

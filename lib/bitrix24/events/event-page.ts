import { at, flagAt, idAt } from '../../core/fields';
import { UnreachableError } from '../../core/errors';
import { readFetched, type FetchedEvent } from './fetched';

export interface EventPage {
  events: FetchedEvent[];
  /** Asking with it confirms everything below, for good. */
  nextOffset: number | undefined;
  hasMore: boolean;
}

export function readEventPage(answer: unknown, offset: number | undefined): EventPage {
  const listed = at(answer, 'events');
  // PHP writes an empty map as a list, and a list with gaps as a map.
  if (typeof listed !== 'object' || listed === null) {
    throw new UnreachableError('BITRIX_UNREACHABLE', 'imbot.v2.Event.get: the answer has no events', {
      sent: true,
    });
  }
  const events = Object.values(listed).map(readFetched);
  return {
    events,
    nextOffset: idAt(answer, 'nextOffset') ?? afterLast(events) ?? offset,
    hasMore: flagAt(answer, 'hasMore'),
  };
}

function afterLast(events: readonly FetchedEvent[]): number | undefined {
  const numbers = events.flatMap(({ eventId }) => (eventId === null ? [] : [eventId]));
  return numbers.length === 0 ? undefined : Math.max(...numbers) + 1;
}

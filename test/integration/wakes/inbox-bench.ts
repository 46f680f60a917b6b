import type { BitrixEvent } from '../../../lib/bitrix24/events/event';
import type { Delivery, DeliveryEnd, Reader, ReaderRules } from '../../../lib/bitrix24/events/reader';
import { createInbox, type InboxOptions } from '../../../lib/conversation/inbox/inbox';
import type { Inbox } from '../../../lib/conversation/inbox/types';
import { systemClock } from '../../../lib/core/clock';
import type { WakeTimes } from '../../../lib/store/redis/wakes/times';
import type { Store } from '../../../lib/store/store';
import { eventOf } from '../../unit/conversation/inbox-scene';

/** What takes seconds in life takes a moment here. */
export const quickTimes: Partial<WakeTimes> = {
  ...{ lock: 1000, stalledEvery: 250, sweepEvery: 300, rest: 100, parked: 200 },
};
/** And what a test is not about never comes. */
export const neverSwept: Partial<WakeTimes> = { ...quickTimes, sweepEvery: 3_600_000 };

export function inboxOn(store: Store, more: Partial<InboxOptions> = {}): Inbox {
  const inbox = createInbox({
    store,
    clock: systemClock,
    owner: 'me',
    eventMaxAgeMs: () => 3_600_000,
    deadLetterMs: () => 3_600_000,
    ...more,
  });
  store.closed.addEventListener('abort', () => inbox.close());
  return inbox;
}

/** An instance of ours: serves from the beginning. */
export function instanceOn(store: Store, reader: Reader, more: Partial<InboxOptions> = {}): Inbox {
  const inbox = inboxOn(store, more);
  inbox.serve({ id: 'portal', readerOf: () => reader });
  return inbox;
}

/** Does what is given with each event, and remembers nothing. */
export function readerThat(
  work: (event: BitrixEvent, delivery: Delivery) => DeliveryEnd | Promise<DeliveryEnd>,
  rules: Partial<ReaderRules> = {},
): Reader {
  return {
    rules: { batchMs: 0, batchMaxMs: 30_000, maxDialogs: 100, attempts: 3, ...rules },
    hand: async (delivery) => work(delivery.event, delivery),
    onDead: () => undefined,
  };
}

let lastMessage = 0;

/** Each is another message. */
export function say(inbox: Inbox, dialog: string, text: string): Promise<'stored' | 'duplicate'> {
  return inbox.receive(eventOf((lastMessage += 1), { dialog, text }), {}, 'portal');
}

import {
  createEventDesk,
  type EventDesk,
  type EventKeeper,
  type Subscription,
} from '../../lib/bitrix24/events/event-desk';
import type { BitrixEvent } from '../../lib/bitrix24/events/event';

/** A desk whose events go to their reader at once, without a store between. */
export function createStraightDesk(): EventDesk {
  const keeper: EventKeeper = {
    ready: () => Promise.resolve(),
    async keep(event, tokens) {
      await desk.readerOf(event)?.hand({ event, tokens });
    },
    readersChanged: () => undefined,
    backlog: () => Promise.resolve(undefined),
  };
  const desk = createEventDesk(keeper);
  return desk;
}

/** Somebody who wants all events of a bot and is done with each at once. */
export function subscriptionOf(
  botCode: string | undefined,
  take: (event: BitrixEvent) => void,
  onRival: (rivals: number) => void = () => undefined,
): Subscription {
  return {
    botCode,
    passTokens: [],
    keeps: () => true,
    onRival,
    reader: {
      rules: { batchMs: 0, batchMaxMs: 0, maxDialogs: 100, attempts: 3 },
      hand({ event }) {
        take(event);
        return Promise.resolve({ how: 'finished' });
      },
      onDead: () => undefined,
    },
  };
}

import type { Envelope } from './envelope';
import type { BitrixEvent } from './event';
import type { TokenName } from './event-tokens';

/** The tokens that came with an event. They go no further than the node that was told to pass them on. */
export type EventTokens = Partial<Record<TokenName, string>>;

/** A wish for events: those of one bot, or of every bot that nobody else has asked for. */
export interface Subscription {
  botCode: string | undefined;
  take(event: BitrixEvent, tokens: EventTokens): void;
  /** Told when another one wants the very same events, and when that is over. */
  onRival(rivals: number): void;
}

/** Hands the events of a portal node to those who want them. */
export interface EventDesk {
  subscribe(subscription: Subscription): () => void;
  deliver(event: BitrixEvent, tokens: EventTokens): void;
}

/** What an address needs to know of a portal node: whom it believes, and where its events go. */
export interface EventGate {
  accepts(envelope: Envelope): Promise<boolean>;
  deliver(event: BitrixEvent, tokens: EventTokens): void;
}

export function createEventDesk(): EventDesk {
  const subscriptions = new Set<Subscription>();

  const tellRivals = (): void => {
    for (const subscription of subscriptions) {
      const same = [...subscriptions].filter((other) => other.botCode === subscription.botCode);
      subscription.onRival(same.length - 1);
    }
  };

  return {
    deliver(event, tokens) {
      const wanting = [...subscriptions];
      const taker =
        wanting.find(({ botCode }) => botCode !== undefined && botCode === event.bot.code) ??
        wanting.find(({ botCode }) => botCode === undefined);
      taker?.take(event, tokens);
    },
    subscribe(subscription) {
      subscriptions.add(subscription);
      tellRivals();
      return () => {
        subscriptions.delete(subscription);
        tellRivals();
      };
    },
  };
}

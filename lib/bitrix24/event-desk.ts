import { sameHost } from './bot-directory';
import { sameToken, type Envelope } from './envelope';
import type { BitrixEvent } from './event';
import type { EventDesk } from './event-intake';

/** A wish for events: those of one bot, or of every bot that nobody else has asked for. */
export interface Subscription {
  botCode: string | undefined;
  take(event: BitrixEvent): void;
  /** Told when another one wants the very same events, and when that is over. */
  onRival(rivals: number): void;
}

export interface PortalDesk extends EventDesk {
  subscribe(subscription: Subscription): () => void;
}

export function createPortalDesk(domain: string, applicationToken: string): PortalDesk {
  const subscriptions = new Set<Subscription>();

  const tellRivals = (): void => {
    for (const subscription of subscriptions) {
      const same = [...subscriptions].filter((other) => other.botCode === subscription.botCode);
      subscription.onRival(same.length - 1);
    }
  };

  return {
    accepts: (envelope: Envelope) =>
      sameToken(envelope.applicationToken, applicationToken) && sameHost(envelope.domain, domain),
    deliver(event) {
      const wanting = [...subscriptions];
      const taker =
        wanting.find(({ botCode }) => botCode !== undefined && botCode === event.bot.code) ??
        wanting.find(({ botCode }) => botCode === undefined);
      taker?.take(event);
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

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
  /** Whether there is somebody who wants this event. */
  wants(event: BitrixEvent): boolean;
  deliver(event: BitrixEvent, tokens: EventTokens): void;
}

/** What an address needs to know of a portal node: whom it believes, and where its events go. */
export interface EventGate extends Pick<EventDesk, 'wants' | 'deliver'> {
  /** `body` is the whole event, with the tokens that came in it. */
  accepts(envelope: Envelope, body?: unknown): Promise<boolean>;
}

export function createEventDesk(): EventDesk {
  /** With the number of rivals that each was told of last. */
  const subscriptions = new Map<Subscription, number | undefined>();

  const tellRivals = (): void => {
    const all = [...subscriptions.keys()];
    for (const subscription of all) {
      const rivals = all.filter((other) => other.botCode === subscription.botCode).length - 1;
      if (subscriptions.get(subscription) === rivals) continue;
      subscriptions.set(subscription, rivals);
      subscription.onRival(rivals);
    }
  };

  const takerOf = (event: BitrixEvent): Subscription | undefined => {
    const wanting = [...subscriptions.keys()];
    return (
      wanting.find(({ botCode }) => botCode !== undefined && botCode === event.bot.code) ??
      wanting.find(({ botCode }) => botCode === undefined)
    );
  };

  return {
    wants: (event) => takerOf(event) !== undefined,
    deliver: (event, tokens) => takerOf(event)?.take(event, tokens),
    subscribe(subscription) {
      subscriptions.set(subscription, undefined);
      tellRivals();
      return () => {
        subscriptions.delete(subscription);
        tellRivals();
      };
    },
  };
}

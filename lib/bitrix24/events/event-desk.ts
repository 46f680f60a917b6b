import { CancelledError } from '../../core/errors';
import type { Envelope } from './envelope';
import type { BitrixEvent } from './event';
import type { TokenName } from './event-tokens';
import type { Backlog, Reader } from './reader';

/** The tokens that came with an event. They go no further than the node that was told to pass them on. */
export type EventTokens = Partial<Record<TokenName, string>>;

/** A wish for events: those of one bot, or of every bot that nobody else has asked for. */
export interface Subscription {
  botCode: string | undefined;
  /** Tokens that its flows are given. */
  passTokens: readonly TokenName[];
  /** False for what its filters drop. */
  keeps(event: BitrixEvent): boolean;
  reader: Reader;
  /** Told when another one wants the very same events, and when that is over. */
  onRival(rivals: number): void;
}

/** Where events wait for their turn. */
export interface EventKeeper {
  /** Resolves when every reader is there that is going to be: in the middle of a deploy nobody seems to want anything. */
  ready(): Promise<void>;
  /** Resolves when the event is safe. */
  keep(event: BitrixEvent, tokens: Readonly<Record<string, string>>): Promise<void>;
  /** Readers have come or gone. */
  readersChanged(): void;
  /** What waits for this reader. */
  backlog(reader: Reader): Promise<Backlog | undefined>;
}

/** Knows who wants the events of a portal node. */
export interface EventDesk {
  subscribe(subscription: Subscription): () => void;
  /** Whether there is somebody who wants this event. */
  wants(event: BitrixEvent): boolean;
  /** Resolves when the event is safe, or nobody wants it. */
  deliver(event: BitrixEvent, tokens: EventTokens): Promise<void>;
  readerOf(event: BitrixEvent): Reader | undefined;
}

/** What an address needs to know of a portal node: whom it believes, and where its events go. */
export interface EventGate extends Pick<EventDesk, 'wants' | 'deliver'> {
  /** `body` is the whole event, with the tokens that came in it. */
  accepts(envelope: Envelope, body?: unknown): Promise<boolean>;
}

/** What becomes of events that nobody is to answer. */
export interface EventRules {
  onUnwanted?(event: BitrixEvent): void;
  /** Whether the bot is switched off on that portal: nothing is kept of its events then. */
  isOff?(event: BitrixEvent): Promise<boolean>;
  onOff?(event: BitrixEvent): void;
}

export function createEventDesk(keeper: EventKeeper, rules: EventRules = {}): EventDesk {
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
    readerOf: (event) => takerOf(event)?.reader,
    async deliver(event, tokens) {
      const wasWanted = takerOf(event) !== undefined;
      await keeper.ready();
      const taker = takerOf(event);
      // Whoever wanted it has gone with a deploy: the portal must not be told that it is safe.
      if (!taker && wasWanted) throw new CancelledError();
      if (!taker) return rules.onUnwanted?.(event);
      // Asked first: a person who takes the dialog is noticed whether the bot is on or off.
      if (!taker.keeps(event)) return;
      if (await rules.isOff?.(event)) return rules.onOff?.(event);
      await keeper.keep(event, pick(tokens, taker.passTokens));
    },
    subscribe(subscription) {
      subscriptions.set(subscription, undefined);
      tellRivals();
      keeper.readersChanged();
      return () => {
        subscriptions.delete(subscription);
        tellRivals();
      };
    },
  };
}

function pick(tokens: EventTokens, names: readonly TokenName[]): Record<string, string> {
  const entries = names.flatMap((name) =>
    tokens[name] === undefined ? [] : [[name, tokens[name]] as const],
  );
  return Object.fromEntries(entries);
}

import type { BitrixEvent } from '../../bitrix24/events/event';
import type { Backlog, DeliveryEnd, Reader } from '../../bitrix24/events/reader';

/** Knows the readers of a portal, which come and go with deploys. */
export interface Router {
  /** The same after every deploy. */
  readonly id: string;
  readerOf(event: BitrixEvent): Reader | undefined;
}

export interface FoundReader {
  reader: Reader;
  /** Of the portal node that took the event in. */
  isOwn: boolean;
}

/** Counted for whoever watches; must not throw. */
export interface InboxListeners {
  onReceived?(how: 'stored' | 'duplicate'): void;
  onHandOut?(attempt: number): void;
  onEnd?(how: DeliveryEnd['how'], ms: number): void;
  onRetry?(): void;
  onDead?(letters: number): void;
  /** Queues cannot be woken as they should, with the reason in one word; not told again and again. */
  onTrouble?(reason: string): void;
}

export interface Inbox {
  /** Resolves when the event would survive a power cut, or came before; rejects when the store cannot take it. */
  receive(
    event: BitrixEvent,
    tokens: Readonly<Record<string, string>>,
    via: string,
    /** When it came, if it has waited elsewhere since. */
    cameAt?: number,
  ): Promise<'stored' | 'duplicate'>;
  /** From now on this router is asked for readers; the function that comes back ends that. */
  serve(router: Router): () => void;
  /** Readers have come or gone. */
  readersChanged(): void;
  /** Hands out nothing until `resume`: flows are being stopped or started. */
  pause(): void;
  resume(): void;
  /** A dead letter to the end of its queue; false when there is none. */
  replay(queue: string, id: string): Promise<boolean>;
  backlog(): Promise<ReadonlyMap<Reader, Backlog>>;
  /** Events that wait for a reader which is not there. */
  parked(): number;
  /** What is in hand goes on; its end is still recorded as long as the store takes it. */
  close(): void;
}

import type { BitrixEvent } from './event';

/** One hand-out of an event, or of several quick messages of one person that were joined. */
export interface Delivery {
  event: BitrixEvent;
  /** The tokens that the reader asked for by name. */
  tokens: Readonly<Record<string, string>>;
  /**
   * Whether nobody else has the event by now, as after a process that stood still for long: before what must not be
   * done twice. Rejects when nobody can be asked.
   */
  isOurs?: () => Promise<boolean>;
}

/** interrupted: a deploy or a stop threw the work away, which is nobody's fault. */
export type DeliveryEnd =
  | { how: 'finished' }
  | { how: 'interrupted' }
  /** The reason is shown to people, so no secrets and no texts of persons. `isFinal`: to try again would do harm. */
  | { how: 'failed'; reason: string; isFinal?: boolean };

export interface ReaderRules {
  /** How long a person may pause between messages that belong together; 0: each stands alone. */
  batchMs: number;
  batchMaxMs: number;
  /** Dialogs that are worked on side by side. */
  maxDialogs: number;
  /** How often an event is handed out before it becomes a dead letter. */
  attempts: number;
}

/** Whoever starts flows with events. */
export interface Reader {
  readonly rules: ReaderRules;
  /** Resolves when what the event started is over, however long that takes. */
  hand(delivery: Delivery): Promise<DeliveryEnd>;
  /** An event of this reader was given up. */
  onDead(letter: DeadEvent): void;
}

export interface DeadEvent {
  reason: string;
  attempts: number;
}

export interface Backlog {
  /** Events that nobody works on. */
  waiting: number;
  /** Dialogs that are worked on. */
  running: number;
  oldestMs: number;
  /** Events of this process that wait for the store to come back, of whatever reader. */
  local?: number;
}

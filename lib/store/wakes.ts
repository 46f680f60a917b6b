import type { Clock } from '../core/clock';

/** What a look at a queue has come to. */
export type Next =
  /** Nothing waits in it. */
  | { how: 'idle' }
  /** Something was done, or may be done now: more may wait. */
  | { how: 'again' }
  /** Not before so long. `mayChange`: what is added meanwhile may bring it forward. */
  | { how: 'later'; ms: number; mayChange?: boolean }
  /** There is nobody here to whom it could be given. */
  | { how: 'parked' }
  /** There is somebody, who had no place free. `isFree`: whether there is one now. */
  | { how: 'full'; room: object; isFree: () => boolean };

/**
 * Looks at one queue and does one thing with it, however long that takes. Never called for a queue that it is busy
 * with already. What it throws is taken for a store that is away: the queue is looked at again soon.
 */
export type Look = (queue: string) => Promise<Next>;

/**
 * Decides which queue is looked at, where and when: by timers in this process, or among all processes that share the
 * store. Whose a queue is at the moment is told by its claim alone, so a look too many does no harm.
 */
export interface Wakes {
  /** From now on; queues that hold something by then are looked at as well. Called once. */
  start(look: Look): void;
  /** Something may be there to be done. Called after it is in the store. */
  wake(queue: string): void;
  /** Those who take what is in the queues have come or gone: what was parked or found no place is looked at anew. */
  takersChanged(): void;
  /** So many queues are worked on at once, all in all. Where nothing is taken from others it is no limit. */
  allow(places: number): void;
  /**
   * A place is free. The queue that comes back has waited for it longest, and is looked at now: the place is to be kept
   * for it. Without one, whoever comes first has it.
   */
  placeFree(room: object): string | undefined;
  /** No look begins here until `resume`. Looks under way are not ended. */
  pause(): void;
  resume(): void;
  /** How many queues were parked here, and are still as far as is known here. */
  parked(): number;
  /** No look begins any more. Resolves when others can have all that is not in hand. */
  close(): Promise<void>;
}

export interface WakesOptions {
  /** What the names of the queues begin with, before a colon. One for each kind and open store. */
  kind: string;
  clock: Clock;
  /** Something does not work that nobody waits for, in one word; not told again and again. */
  onTrouble?: ((reason: string) => void) | undefined;
}

import type { InstanceBoard } from './instances';
import type { Wakes, WakesOptions } from './wakes';

/**
 * The one interface behind which everything durable lives. Values and payloads are plain JSON; what comes out
 * is `unknown`, because the reader has to check what an older version may have written.
 *
 * A write that fails with STORE_UNAVAILABLE and `sent: true` has an open outcome: it may still take place once
 * the store is mended. With `sent: false` nothing happened.
 */
export interface Store {
  /** `undefined` when there is none. Rejects with STORE_KEY_LOST when it is sealed with a key that is gone. */
  get(key: string): Promise<unknown>;
  /** Without `ttlMs` the value stays until it is deleted, also when the one before it had an end. */
  set(key: string, value: unknown, options?: SetOptions): Promise<void>;
  /** Gives a value a new time to live; false when there is none. */
  touch(key: string, ttlMs: number): Promise<boolean>;
  delete(key: string, options?: WriteOptions): Promise<boolean>;
  /** Compares as JSON. `undefined` stands for "no value", on both sides. */
  compareAndSet(key: string, expected: unknown, value: unknown, options?: SetOptions): Promise<boolean>;
  /** Every key that is there from beginning to end comes once, in no order; others may or may not. */
  scan(prefix: string): AsyncIterable<StoreEntry>;

  /** Adds to the end. With `durable` the item is handed out only once it would survive a power cut. */
  append(queue: string, payload: unknown, options?: AppendOptions): Promise<Appended>;
  /** The first items that could be claimed now or later, without claiming them. */
  peek(queue: string, limit: number): Promise<readonly QueueItem[]>;
  /**
   * The head of the queue, or its first `count` items, for one owner at a time; undefined while there is a
   * claim, when a retry is not yet due, or when nothing waits. Every hand-out counts as an attempt. Items
   * whose key is lost are buried with the reason STORE_KEY_LOST, so that they hold up nobody.
   */
  claim(queue: string, options: ClaimOptions): Promise<Claim | undefined>;
  /** The next four answer false when the claim has passed to somebody else, and then change nothing. */
  renew(claim: Claim, leaseMs: number): Promise<boolean>;
  complete(claim: Claim, options?: WriteOptions): Promise<boolean>;
  /** Gives the items back to the head of their queue, to be handed out again after `afterMs`. */
  release(claim: Claim, options?: ReleaseOptions): Promise<boolean>;
  /** Makes the items dead letters. */
  bury(claim: Claim, options: BuryOptions): Promise<boolean>;
  /**
   * Whether the claim is still its owner's: before what must not be done twice. Asks only where another one could have
   * it by now, as after a process that stood still; rejects when it cannot.
   */
  isOurs(claim: Claim): Promise<boolean>;
  /** Queues that hold anything, dead letters included. */
  queues(prefix?: string): AsyncIterable<QueueSummary>;
  deadLetters(prefix?: string): AsyncIterable<DeadLetter>;
  /** Puts a dead letter at the end of its queue with age and attempts forgotten; false when there is none. */
  replay(queue: string, id: string): Promise<boolean>;
  discard(queue: string, id: string): Promise<boolean>;

  /**
   * To be the only one at something among all who share the store; undefined while somebody else is. Held until it is
   * released, the store is closed or its process is dead: no time limit, as in an outage everybody may be well.
   */
  hold(name: string): Promise<Hold | undefined>;

  /** Who looks at which queue, and when. */
  wakes(options: WakesOptions): Wakes;

  /**
   * Seals everything anew. The caller keeps the new key, and the old one as a previous key, before it calls,
   * and forgets the old one when this is done; a crash in between costs nothing and the call can be repeated.
   */
  rotateKey(newKey: string): Promise<KeyRotation>;
  stats(): Promise<StoreStats>;
  /** Resolves when everything that was written before would survive a power cut. */
  flush(): Promise<void>;
  close(): Promise<void>;
  /**
   * Told when it answered so late that others who share it may have taken it for away, until the function that comes
   * back is called. Only where several can have it open.
   */
  onStutter?(listener: () => void): () => void;
  /**
   * Something waits in this process for being moved here, as long as `isHolding` says so and until the function that comes
   * back is called. Only where several can have it open.
   */
  holdsBack?(isHolding: () => boolean): () => void;
  /**
   * Resolves when all who have it open have said since that nothing waits with them, not before `leastMs`. Rejects when it
   * is aborted. Only where several can have it open.
   */
  readonly allMoved?: (leastMs: number, signal: AbortSignal) => Promise<void>;
  /**
   * For how long somebody has had it open without a break; undefined while that is not known, as in the moments after an
   * outage. Only where several can have it open.
   */
  attendedForMs?(): number | undefined;
  /** Of all who have it open; only where several can. */
  readonly instances?: InstanceBoard;
  /** Aborted as soon as `close` is called. */
  readonly closed: AbortSignal;
}

/** The store, once it is open. Every use waits for that, and fails with the reason when it cannot be opened. */
export type StoreSource = () => Promise<Store>;

export interface WriteOptions {
  /** Wait until the change would survive a power cut. Without it the change is written soon. */
  durable?: boolean;
}

export interface SetOptions extends WriteOptions {
  ttlMs?: number;
  /** Encrypt on disk: for tokens and other secrets. */
  sealed?: boolean;
}

export interface AppendOptions extends WriteOptions {
  /** Take the item only when this id has not come within `ttlMs`; ids are shared by all queues. */
  once?: { id: string; ttlMs: number };
  /**
   * When it came, by the clock of this process (milliseconds since 1970), for what has waited elsewhere. It is as old as
   * that, and stands before what came later and was never handed out.
   */
  cameAt?: number;
}

/** `added: false`: the id of `once` had come before, and what came then is as durable as was asked for now. */
export type Appended = { added: true; id: string } | { added: false };

export interface ClaimOptions {
  owner: string;
  /**
   * After this the claim may pass to another owner, unless it is renewed. Without it the claim ends with whoever has
   * the store open, be it that this one closes it or dies: nothing runs out in an outage in which everybody is well.
   */
  leaseMs?: number;
  count?: number;
  /** Not to work on it but to bury it: this is no attempt. */
  uncounted?: boolean;
}

export interface ReleaseOptions {
  afterMs?: number;
  /** Why it did not work out: shown to people, so no secrets. */
  reason?: string;
  /** It was not the fault of the items: this hand-out does not count against them. */
  forgiven?: boolean;
}

export interface BuryOptions {
  reason: string;
  /** The dead letter goes after this time; without it, it stays. */
  keepMs?: number;
}

export interface StoreEntry {
  key: string;
  value: unknown;
  /** What is left of its time to live. */
  ttlMs: number | undefined;
  /** Sealed with a key that is gone; `value` is undefined then. */
  unreadable: boolean;
}

export interface QueueItem {
  id: string;
  payload: unknown;
  /** How often it was handed out, this time included. */
  attempts: number;
  /** How many of these do not count against it. */
  forgiven: number;
  /** Milliseconds since 1970 by the store's clock, which does not jump. */
  appendedAt: number;
  ageMs: number;
  /** The reason of the last release. */
  reason: string | undefined;
}

export interface Claim {
  readonly token: string;
  readonly queue: string;
  readonly owner: string;
  readonly items: readonly [QueueItem, ...QueueItem[]];
}

export interface Hold {
  /** Aborted when it has passed to somebody else or the store is closed; told within seconds, not at once. */
  readonly lost: AbortSignal;
  /** Asked anew: before what must not be done twice. */
  isOurs(): Promise<boolean>;
  release(): Promise<void>;
}

export interface QueueSummary {
  queue: string;
  /** Items that nobody has claimed. */
  waiting: number;
  claimed: number;
  dead: number;
  /** Of the oldest item, claimed or not. */
  oldestAgeMs: number | undefined;
  /** How long until the head may be handed out, as far as retries and leases are concerned. */
  readyInMs: number;
}

export interface DeadLetter {
  queue: string;
  id: string;
  payload: unknown;
  unreadable: boolean;
  reason: string;
  attempts: number;
  appendedAt: number;
  buriedAt: number;
}

export interface KeyRotation {
  resealed: number;
  /** Sealed with a key that is gone; left as they are. */
  unreadable: number;
}

export interface StoreStats {
  backend: 'embedded' | 'memory' | 'redis';
  state: 'ready' | 'unavailable' | 'closed';
  /** Why it is unavailable, for example ENOSPC. */
  reason: string | undefined;
  liveKeys: number;
  /** Sealed values and payloads whose key is gone. */
  unreadable: number;
  waiting: number;
  claimed: number;
  dead: number;
  oldestAgeMs: number | undefined;
  journal: JournalStats | undefined;
}

export interface JournalStats {
  /** On disk since the last snapshot. */
  journalBytes: number;
  snapshotBytes: number;
  /** Changes that a power cut would take. */
  unsyncedBytes: number;
  /** Since the store was opened, and the times of the last ones in milliseconds. */
  fsyncs: number;
  fsyncMs: { median: number; p99: number; longest: number };
  lastSnapshot: { at: number; ms: number; bytes: number; longestSliceMs: number } | undefined;
  snapshotFault: string | undefined;
}

import type { Clock } from '../core/clock';
import type { StoreSource } from '../store/store';
import type { CursorRegistry } from './registry';
import type { CursorName } from './cursor-key';
import type { Deliver, SyncSource } from './source';

export interface CursorOptions<T> {
  name: CursorName;
  store: StoreSource;
  source: SyncSource<T>;
  deliver: Deliver<T>;
  clock: Clock;
  /** How many rows are in the flow at a time. */
  inFlight: number;
  /** How long a late row is waited for. */
  lateHours: number;
  /** How often a row is tried before it goes to the failed list (3). */
  attempts?: number;
  /** The pauses between tries; the last one goes on for ever (1, 5, 15 s). */
  pausesMs?: readonly number[];
  /** The pauses between looks at a late row; the last one goes on for ever (2, 5, 15, 60 min, then 4 h). */
  latePausesMs?: readonly number[];
  /** Runs by itself, at once and then this often, until `stop`. Without it only when asked, or after news. */
  everyMs?: number | undefined;
  listeners?: CursorListeners;
  /** Of the process, unless a test has its own. */
  registry?: CursorRegistry;
  /** How often whoever works on the cursor looks for orders from other processes (1 s), and those look after it (2 s). */
  pace?: Pace;
}

export interface Pace {
  readonly ordersMs: number;
  readonly waitingMs: number;
}

/** Must not throw. */
export interface CursorListeners {
  onSummary?(summary: SyncSummary): void;
  /** A run that a person started says so each time; one that came by itself once for each kind, until one is well. */
  onError?(error: Error): void;
  /** A row was sent, or found to be unwanted. */
  onDone?(): void;
  /** A row went to the failed list. */
  onFailed?(row: FailedRow): void;
}

export interface FailedRow {
  readonly id: number;
  readonly title: string;
  /** By which it is found elsewhere, such as the id of a call. */
  readonly mark?: string;
  /** When the thing itself took place. */
  readonly at?: number;
  readonly reason: string;
  readonly tries: number;
  readonly failedAt: number;
}

export interface LastRow {
  readonly id: number;
  readonly title: string;
  readonly mark?: string;
  readonly at?: number;
}

/** What became of rows in a run. */
export interface SyncCounts {
  /** Rows of this run that are done with, in whatever way. */
  readonly handled: number;
  readonly sent: number;
  readonly skipped: number;
  /** Found to be late: added to the set, or left in it. */
  readonly late: number;
  readonly failed: number;
  /** Late rows whose time was over: in the failed list now, but for rows of long ago that never had anything. */
  readonly givenUp: number;
  /** Rows that were to be looked at again, and that the portal did not show. */
  readonly gone: number;
}

export type SyncState = 'idle' | 'running' | 'stopping';

/** `handled` to `gone` are those of the run under way, or of the last one. */
export interface SyncStatus extends Omit<SyncCounts, 'late' | 'failed'> {
  readonly state: SyncState;
  /** Every row up to this one is dealt with: sent, skipped, late or failed. */
  readonly position: number;
  /** Rows of this run, as far as anybody knows. */
  readonly total?: number;
  readonly inFlight: number;
  /** How many wait in the set of late rows, and how many stand in the failed list. */
  readonly late: number;
  readonly failed: number;
  readonly last?: LastRow;
  readonly startedAt?: number;
  /** Of the run under way: when a row ended or rows were read. */
  readonly movedAt?: number;
  /** What was there at this time has been dealt with, as far as this process remembers. */
  readonly caughtUpAt?: number;
  readonly ratePerMinute?: number;
  readonly nextLateAt?: number;
  /** A person has stopped it: nothing begins by itself until `start`. */
  readonly isHeld: boolean;
  /** Why the last run failed. */
  readonly error?: Error;
  /** Another process that shares the store works on it; all else is what that one has told. */
  readonly isElsewhere?: true;
}

export type StartedBy = 'person' | 'schedule' | 'event';

export interface SyncSummary extends SyncCounts {
  readonly how: 'done' | 'stopped' | 'failed';
  readonly by: StartedBy;
  readonly position: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** How many wait in the set of late rows now, and how many stand in the failed list. */
  readonly lateNow: number;
  readonly failedNow: number;
  readonly error?: Error;
}

export interface FailedPage {
  /** Ascending by id. */
  readonly rows: readonly FailedRow[];
  readonly total: number;
  /** Give it as `after` to read on; undefined at the end. */
  readonly next: number | undefined;
}

export interface DryRunRow {
  readonly id: number;
  readonly title: string;
  readonly mark?: string;
  readonly at?: number;
  readonly isLate: boolean;
}

export interface DryRun {
  /** The first ones that a start would send, at most `limit` of them. */
  readonly rows: readonly DryRunRow[];
  readonly looked: number;
  readonly wanted: number;
  readonly late: number;
  readonly unwanted: number;
}

/**
 * One place in one history, and what works it off. Nothing here throws or rejects but where it says so. Of all
 * processes that share a store one works on it; what is asked of another one is passed on to it.
 */
export interface Cursor {
  /** During a run: look once more at its end. It lifts what `stop` has put on schedule and news. */
  start(): void;
  /** A run after this time, for news that a row is on its way; joined with one that is already planned. */
  soon(delayMs: number): void;
  /** Looks at all late rows now, due or not, and at nothing else. */
  recheckLate(): void;
  /**
   * Nothing new is handed out; resolves when what was under way has ended. Schedule and news wait for `start`, also in
   * the next process. Rejects when that could be neither put on record nor told to whoever works on it: it counts nowhere
   * then, but for the run that it has ended.
   */
  stop(): Promise<void>;
  /** For a deploy: what is under way counts as interrupted. Resolves soon, whatever flow and store do. */
  close(): Promise<void>;
  /**
   * Everything is forgotten and the next start reads from the beginning. Failed rows too: they are met again on the
   * way. Stops a run first. Rejects when the store does not take it.
   */
  reset(): Promise<void>;
  /** Rejects when the store cannot be read. */
  failed(page?: { after?: number | undefined; limit?: number | undefined }): Promise<FailedPage>;
  /** Hands them out once more, wanted or not, as a person asked for it; one that the portal does not show stays in the list. */
  retryFailed(ids?: readonly number[]): void;
  /** How many there were. Rejects when the store does not take it. */
  dropFailed(ids?: readonly number[]): Promise<number>;
  /** What a start would do, without sending or writing anything. Rejects when source or store do. */
  dryRun(options?: { limit?: number; signal?: AbortSignal }): Promise<DryRun>;
  status(): SyncStatus;
  /** Told soon after the status has changed, once for many changes. The function that comes back ends it. */
  onChange(listener: () => void): () => void;
}

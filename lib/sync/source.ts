/** One row of a history that only grows: its ids rise in the order in which the rows are written. */
export interface SyncRow<T> {
  readonly id: number;
  readonly item: T;
}

/** late: all is as wanted, but something is still to come, such as the recording. */
export type Verdict = 'wanted' | 'late' | 'unwanted';

/** What may be kept and shown of a row: no name and no whole number of a client, no links. */
export interface RowLabel {
  readonly title: string;
  /** By which it is found elsewhere, where the title does not say it: the id of a call. */
  readonly mark?: string;
  /** When the thing itself took place, in milliseconds since 1970. */
  readonly at?: number;
}

/** Where rows come from. Everything here may reject: the run then ends, and the next one begins at the same place. */
export interface SyncSource<T> {
  /** How many rows lie after this one, for the progress alone; undefined when nobody knows. */
  count(after: number, signal: AbortSignal): Promise<number | undefined>;
  /** Ascending by id: everything after this one that is there. The next page is asked for when it is needed. */
  pagesAfter(after: number, signal: AbortSignal): AsyncIterable<readonly SyncRow<T>[]>;
  /** Those of them that still exist, in any order; never more than `idsAtOnce` are asked for. */
  byIds(ids: readonly number[], signal: AbortSignal): Promise<readonly SyncRow<T>[]>;
  judge(item: T): Verdict;
  label(item: T): RowLabel;
}

/** How many rows are asked for by their ids in one go. */
export const idsAtOnce = 50;

/**
 * late: what was to come turned out not to be there yet; isLost: it was there once, so that hardly anybody counts on it. interrupted: a deploy or a stop; this was no attempt.
 * halted: nor was this, and it would be the same with every other row, as with a key that is not accepted any more.
 */
export type SyncEnd =
  | { readonly how: 'finished' }
  | { readonly how: 'failed'; readonly reason: string; readonly isFinal?: boolean }
  | { readonly how: 'interrupted' }
  | { readonly how: 'halted'; readonly error: Error }
  | { readonly how: 'late'; readonly isLost?: boolean };

export interface HandOut {
  /** Counts from 1; tries of an earlier failure that a person wanted repeated are included. */
  readonly attempt: number;
  /** It was in the set of late rows. */
  readonly isLate: boolean;
  /** Aborted by `close`. Whatever comes of the row after that, it is handed out again. */
  readonly signal: AbortSignal;
}

export type Deliver<T> = (item: T, how: HandOut) => Promise<SyncEnd>;

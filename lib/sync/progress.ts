import { createRate } from './rate';
import type { SyncCounts } from './types';

export type Outcome = Exclude<keyof SyncCounts, 'handled'>;

/** What one run has done so far, and how much it has before it. */
export interface Progress {
  readonly startedAt: number;
  /** When it last came on: a row ended, or rows were read. */
  movedAt(): number;
  counts(): SyncCounts;
  total(): number | undefined;
  ratePerMinute(): number | undefined;
  count(outcome: Outcome): void;
  /** Dealt with in an earlier run already. */
  pass(): void;
  /** Rows that are looked at by their ids. */
  expect(rows: number): void;
  beginList(): void;
  /** How many rows lie in the list that is being read. */
  expectList(rows: number): void;
  listed(rows: number): void;
  endList(): void;
}

export function createProgress(now: () => number): Progress {
  const counts = { handled: 0, sent: 0, skipped: 0, late: 0, failed: 0, givenUp: 0, gone: 0 };
  const rate = createRate(now);
  const startedAt = now();
  let movedAt = startedAt;
  /** Rows whose number is certain. */
  let certain = 0;
  let list: { expected: number | undefined; seen: number } | undefined;

  const handled = (): void => {
    counts.handled += 1;
    movedAt = now();
    rate.add();
  };

  return {
    startedAt,
    movedAt: () => movedAt,
    counts: () => ({ ...counts }),
    total() {
      if (!list) return certain;
      if (list.expected === undefined) return undefined;
      return certain + Math.max(list.expected, list.seen);
    },
    ratePerMinute: () => rate.perMinute(),
    count(outcome) {
      counts[outcome] += 1;
      handled();
    },
    pass: handled,
    expect: (rows) => void (certain += rows),
    beginList: () => void (list = { expected: undefined, seen: 0 }),
    expectList(rows) {
      if (list) list.expected = rows;
    },
    listed(rows) {
      movedAt = now();
      if (list) list.seen += rows;
    },
    endList() {
      certain += list?.seen ?? 0;
      list = undefined;
    },
  };
}

import type { Clock } from '../core/clock';
import { at } from '../core/fields';
import type { StoreSource } from '../store/store';
import { idInKey, latePrefix } from './cursor-key';
import { wholeAt } from './place';
import { withoutUndefined } from './row-label';
import type { Tenure } from './tenure';

interface LateRow {
  readonly firstSeen: number;
  /** Looks since then. */
  readonly tries: number;
  readonly nextTry: number;
  /** When the thing itself took place. */
  readonly at?: number;
  /** Whoever had it in hand, or in the failed list, counts on what is still to come. */
  readonly isOwed?: boolean;
}

export interface LateRowsOptions {
  key: string;
  store: StoreSource;
  clock: Clock;
  lateMs: number;
  pausesMs: readonly number[];
  tenure: Tenure;
}

/** Rows that wait for something that is still to come, each under a key of its own. */
export interface LateRows {
  load(): Promise<void>;
  has(id: number): boolean;
  size(): number;
  nextAt(): number | undefined;
  /** Ascending. */
  ids(which: 'due' | 'all'): number[];
  /** Resolves when it would survive a power cut. */
  add(id: number, at: number | undefined, isOwed: boolean): Promise<void>;
  /** It was looked at in vain. */
  postpone(id: number, isOwed?: boolean): Promise<void>;
  /** What it waits for will not come any more. */
  isOver(id: number): boolean;
  /** A row of long ago that never had what it waits for: nobody counts on it any more. */
  isOfOld(id: number): boolean;
  /** Looks so far. */
  tries(id: number): number;
  drop(id: number): Promise<void>;
  forget(): Promise<void>;
}

/** A row of long ago is met when a history is first read: it is looked at for this long, in case it was written late. */
const OLD_ROW_MS = 90 * 60_000;

export function createLateRows(options: LateRowsOptions): LateRows {
  const { key, store, clock, lateMs, pausesMs, tenure } = options;
  const prefix = latePrefix(key);
  const rows = new Map<number, LateRow>();
  const longestPause = Math.max(...pausesMs, 0);
  /** null: to be found anew. */
  let nextAt: number | undefined | null;

  function pauseAfter(tries: number): number {
    return pausesMs[Math.min(tries, pausesMs.length - 1)] ?? 0;
  }

  function isOld({ firstSeen, at = firstSeen }: Pick<LateRow, 'firstSeen' | 'at'>): boolean {
    return at + Math.max(lateMs, OLD_ROW_MS) < firstSeen;
  }

  /** Counted from when it was first seen, as it may have been written late; clocks that differ shorten it for nobody. */
  function endOf({ firstSeen, at = firstSeen }: Pick<LateRow, 'firstSeen' | 'at'>): number {
    if (isOld({ firstSeen, at })) return firstSeen + Math.min(lateMs, OLD_ROW_MS);
    return Math.min(Math.max(at, firstSeen), firstSeen + lateMs) + lateMs;
  }

  function isDue({ nextTry }: LateRow, now: number): boolean {
    // One that is further off than any pause was planned before the clock was set back.
    return nextTry <= now || nextTry > now + longestPause;
  }

  function planned(row: Omit<LateRow, 'nextTry'>): LateRow {
    const now = clock.now();
    const end = endOf(row);
    const next = now + pauseAfter(row.tries);
    return { ...row, nextTry: end > now ? Math.min(next, end) : next };
  }

  async function put(id: number, row: LateRow, durable: boolean): Promise<void> {
    const open = await store();
    await tenure.assertOurs();
    await open.set(prefix + id, row, { durable });
    rows.set(id, row);
    nextAt = null;
  }

  async function drop(id: number): Promise<void> {
    const open = await store();
    await tenure.assertOurs();
    await open.delete(prefix + id);
    rows.delete(id);
    nextAt = null;
  }

  return {
    async load() {
      rows.clear();
      nextAt = null;
      for await (const { key: full, value } of (await store()).scan(prefix)) {
        const id = idInKey(full, prefix);
        if (id !== undefined) rows.set(id, rowIn(value, clock.now()));
      }
    },
    has: (id) => rows.has(id),
    size: () => rows.size,
    nextAt() {
      nextAt = nextAt === null ? earliest(rows.values()) : nextAt;
      return nextAt;
    },
    ids(which) {
      const now = clock.now();
      const chosen = [...rows].filter(([, row]) => which === 'all' || isDue(row, now));
      return chosen.map(([id]) => id).sort((left, right) => left - right);
    },
    async add(id, at, isOwed) {
      if (rows.has(id)) return;
      const row = { firstSeen: clock.now(), tries: 0, at, ...(isOwed && { isOwed }) };
      await put(id, planned(withoutUndefined(row)), true);
    },
    async postpone(id, isOwed = false) {
      const row = rows.get(id);
      const more = { ...(isOwed && { isOwed }) };
      if (row) await put(id, planned({ ...row, ...more, tries: row.tries + 1 }), false);
    },
    isOver(id) {
      const row = rows.get(id);
      return row !== undefined && clock.now() >= endOf(row);
    },
    isOfOld(id) {
      const row = rows.get(id);
      return row !== undefined && isOld(row) && row.isOwed !== true;
    },
    tries: (id) => rows.get(id)?.tries ?? 0,
    drop,
    async forget() {
      for (const id of [...rows.keys()]) await drop(id);
    },
  };
}

function rowIn(value: unknown, now: number): LateRow {
  const firstSeen = wholeAt(value, 'firstSeen') ?? now;
  const tries = wholeAt(value, 'tries') ?? 0;
  const nextTry = wholeAt(value, 'nextTry') ?? now;
  const isOwed = at(value, 'isOwed') === true;
  return withoutUndefined({
    ...{ firstSeen, tries, nextTry, at: wholeAt(value, 'at') },
    ...(isOwed && { isOwed }),
  });
}

function earliest(rows: Iterable<LateRow>): number | undefined {
  let found: number | undefined;
  for (const { nextTry } of rows) found = Math.min(found ?? nextTry, nextTry);
  return found;
}

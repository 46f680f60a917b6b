import { textAt } from '../../../lib/core/fields';
import { createCursor } from '../../../lib/sync/cursor';
import { createCursorRegistry } from '../../../lib/sync/registry';
import type { HandOut, SyncEnd } from '../../../lib/sync/source';
import type { Cursor, CursorOptions, FailedRow, SyncSummary } from '../../../lib/sync/types';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { createState } from '../../../lib/store/state';
import type { Store } from '../../../lib/store/store';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { fakeHistory, type FakeCall, type FakeHistory } from './fake-history';

/** One hand-out whose end the test decides. */
export interface Handed extends HandOut {
  readonly id: number;
  end(how?: SyncEnd): void;
}

export interface SceneOptions extends Partial<CursorOptions<FakeCall>> {
  /** How hand-outs end at once; without it the test ends each by itself. */
  ends?: (id: number, how: HandOut) => SyncEnd;
  pageSize?: number;
  startMs?: number;
  /** What an earlier process has left in the store. */
  stored?: Readonly<Record<string, unknown>>;
}

export interface SyncScene {
  readonly clock: ManualClock;
  readonly history: FakeHistory;
  readonly store: Store;
  readonly cursor: Cursor;
  readonly handed: Handed[];
  readonly summaries: SyncSummary[];
  readonly errors: Error[];
  readonly failures: FailedRow[];
  /** Keys of the store that were written, in order; a star marks a durable write. */
  readonly writes: string[];
  /** Ids that are in the flow, in the order in which they were handed out. */
  inHand(): number[];
  ids(): number[];
  end(id: number, how?: SyncEnd): Promise<void>;
  /** Moves time on, and lets everything happen that is due. */
  pass(ms?: number): Promise<void>;
  /** As a process that dies, and another that finds its store. */
  crash(): Promise<SyncScene>;
  last(): SyncSummary;
}

export const KEY = 'sync:calls:portal:default';
export const NAME = { kind: 'calls', place: 'portal', cursor: 'default' };
export const START = 1_750_000_000_000;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const done: SyncEnd = { how: 'finished' };
export const broken = (reason = 'no luck', isFinal = false): SyncEnd => ({ how: 'failed', reason, isFinal });

export const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** The place on record, without whose it is. */
export async function placeIn(store: Store): Promise<Record<string, unknown>> {
  const place: Record<string, unknown> = Object.assign({}, await store.get(KEY));
  delete place['mark'];
  return place;
}

interface Kept {
  history: FakeHistory;
  state: ReturnType<typeof createState>;
  clock: ManualClock;
}

export function openScene(options: SceneOptions = {}, kept?: Kept): SyncScene {
  const { ends, pageSize, startMs = START, stored = {}, ...given } = options;
  const clock = kept?.clock ?? manualClock(startMs);
  const history = kept?.history ?? fakeHistory(pageSize);
  const state = kept?.state ?? createState();
  const store = createMemoryStore({ clock, monotonic: () => clock.now(), state });
  const writes: string[] = [];
  const handed: Handed[] = [];
  const open = new Set<Handed>();
  const summaries: SyncSummary[] = [];
  const errors: Error[] = [];
  const failures: FailedRow[] = [];
  const watched: Store = {
    ...store,
    set(key, value, how) {
      writes.push(key + (how?.durable ? '*' : ''));
      return store.set(key, value, how);
    },
    async compareAndSet(key, expected, value, how) {
      const isDone = await store.compareAndSet(key, expected, value, how);
      // To put one's mark on the place tells nothing of rows.
      const isTakeOver = textAt(expected, 'mark') !== textAt(value, 'mark');
      if (isDone && !isTakeOver) writes.push(key + (how?.durable ? '*' : ''));
      return isDone;
    },
    delete(key, how) {
      writes.push(`-${key}`);
      return store.delete(key, how);
    },
  };
  const seeds = kept ? [] : Object.entries(stored).map(([key, value]) => store.set(key, value));
  const seeded = Promise.all(seeds);
  const cursor = createCursor<FakeCall>({
    name: NAME,
    store: async () => {
      await seeded;
      return watched;
    },
    source: history,
    clock,
    inFlight: 2,
    lateHours: 48,
    registry: createCursorRegistry(),
    pace: { ordersMs: 100 * HOUR, waitingMs: 2000 },
    deliver: ({ id }, how) =>
      new Promise((resolve) => {
        const one: Handed = {
          id,
          ...how,
          end(end = done) {
            open.delete(one);
            resolve(end);
          },
        };
        handed.push(one);
        open.add(one);
        if (ends) one.end(ends(id, how));
      }),
    listeners: {
      onSummary: (summary) => void summaries.push(summary),
      onError: (error) => void errors.push(error),
      onFailed: (row) => void failures.push(row),
    },
    ...given,
  });
  const pass = async (ms = 0): Promise<void> => {
    await clock.advance(ms);
    for (let turns = 0; turns < 4; turns += 1) await clock.advance(0);
  };
  return {
    ...{ clock, history, store: watched, cursor, handed, summaries, errors, failures, writes, pass },
    inHand: () => [...open].map(({ id }) => id),
    ids: () => handed.map(({ id }) => id),
    async end(id, how = done) {
      const one = [...open].find((each) => each.id === id);
      if (!one) throw new Error(`row ${id} is not in the flow`);
      one.end(how);
      await pass();
    },
    async crash() {
      // Whatever the dead process still does reaches nobody.
      await store.close();
      return openScene(options, { history, state, clock });
    },
    last() {
      const summary = summaries.at(-1);
      if (!summary) throw new Error('no run has ended');
      return summary;
    },
  };
}

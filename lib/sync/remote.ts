import type { Clock } from '../core/clock';
import { CancelledError } from '../core/errors';
import type { StoreSource } from '../store/store';
import { lookedForMs, statusKey, watchKey } from './attendant';
import { dryRun } from './dry-run';
import type { Order, OrderKind, Orders } from './orders';
import { unlessAborted } from './patience';
import type { CursorRecords } from './records';
import type { SyncSource } from './source';
import { readToldStatus } from './told-status';
import type { DryRun, FailedPage, SyncStatus } from './types';

/** A cursor that another process works on. */
export interface Remote {
  /** Looks after it, and has it told how it stands. True when that has changed. */
  look(): Promise<boolean>;
  /** As it was when it was looked at last. */
  status(): SyncStatus;
  tell(orders: readonly Omit<Order, 'id'>[]): Promise<void>;
  /** Resolves when it was done, by whomever. Rejects when it cannot be asked for. */
  ask(kind: OrderKind, ids?: readonly number[]): Promise<number>;
  failed(after: number, limit: number): Promise<FailedPage>;
  dryRun(wanted?: { limit?: number; signal?: AbortSignal }): Promise<DryRun>;
}

export interface RemoteOptions<T> {
  readonly key: string;
  readonly store: StoreSource;
  readonly clock: Clock;
  readonly orders: Orders;
  readonly source: SyncSource<T>;
  readonly closing: AbortSignal;
  /** What is there, to be read only. */
  readonly records: () => CursorRecords;
}

const askAgainMs = 500;
/** A panel asks every few seconds, and the failed rows of a cursor are found by looking at all that is in the store. */
const goodForMs = 5000;

export function createRemote<T>(options: RemoteOptions<T>): Remote {
  const { key, store, clock, orders, source, closing } = options;
  let seen = readToldStatus(undefined);
  let seenText = '';
  let askedFor = Number.NEGATIVE_INFINITY;
  let reading: { at: number; records: Promise<CursorRecords> } | undefined;

  async function readNow(): Promise<CursorRecords> {
    const records = options.records();
    await unlessAborted(records.look(), closing);
    return records;
  }

  function read(): Promise<CursorRecords> {
    const now = clock.now();
    if (reading && Math.abs(now - reading.at) < goodForMs) return reading.records;
    const records = readNow();
    reading = { at: now, records };
    records.catch(() => (reading = undefined));
    return records;
  }

  async function answerTo(id: string): Promise<number> {
    for (;;) {
      const count = await orders.answer(id).catch((thrown: unknown) => {
        if (thrown instanceof CancelledError) throw thrown;
        return undefined;
      });
      if (count !== undefined) return count;
      await clock.sleep(askAgainMs, closing);
    }
  }

  return {
    async look() {
      const open = await store();
      const now = clock.now();
      if (Math.abs(now - askedFor) >= lookedForMs / 2) {
        await open.set(watchKey(key), true, { ttlMs: lookedForMs });
        askedFor = now;
      }
      const told = await open.get(statusKey(key));
      const text = JSON.stringify(told) ?? '';
      if (told === undefined || text === seenText) return false;
      seenText = text;
      seen = readToldStatus(told);
      reading = undefined;
      return true;
    },
    status: () => seen,
    async tell(list) {
      for (const { kind, ids } of list) await unlessAborted(orders.post(kind, ids), closing);
    },
    async ask(kind, ids) {
      const answer = await answerTo(await unlessAborted(orders.post(kind, ids), closing));
      reading = undefined;
      return answer;
    },
    failed: async (after, limit) => (await read()).failed.page(after, limit),
    dryRun: async (wanted) => dryRun({ ...wanted, source, ...(await readNow()), closing }),
  };
}

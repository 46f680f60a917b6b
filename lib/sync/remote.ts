import { startTimer, type Clock } from '../core/clock';
import { CancelledError, UnreachableError } from '../core/errors';
import { unlessAborted } from '../core/unless-aborted';
import type { StoreSource } from '../store/store';
import { lookedForMs, statusKey, watchKey } from './attendant';
import { dryRun } from './dry-run';
import { answerMs, type Order, type OrderKind, type Orders } from './orders';
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
  /** Resolves when it was done, by whomever. Rejects when it cannot be asked for, and when nobody answers for long. */
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

  async function lookAt(id: string): Promise<number | 'waits' | 'gone'> {
    try {
      // In this order: the answer is there before an order leaves the list.
      const isListed = (await orders.list()).some((order) => order.id === id);
      return (await orders.answer(id)) ?? (isListed ? 'waits' : 'gone');
    } catch (thrown) {
      if (thrown instanceof CancelledError) throw thrown;
      return 'waits';
    }
  }

  async function answerWhile(isOver: AbortSignal, kind: OrderKind, ids?: readonly number[]): Promise<number> {
    const post = (): Promise<string> => unlessAborted(orders.post(kind, ids), closing);
    let id = await post();
    let looksGone = 0;
    while (!isOver.aborted) {
      await clock.sleep(askAgainMs, closing);
      const found = await unlessAborted(lookAt(id), closing);
      if (typeof found === 'number') return found;
      looksGone = found === 'gone' ? looksGone + 1 : 0;
      // Neither waiting nor answered: the store was emptied, or a part of it was lost.
      if (looksGone < 2) continue;
      id = await post();
      looksGone = 0;
    }
    // It must not come as a surprise later.
    await unlessAborted(orders.withdraw(id), closing).catch(() => undefined);
    throw new UnreachableError('SYNC_NO_ANSWER', 'the one that works on this has not answered', {
      sent: true,
    });
  }

  async function answerTo(kind: OrderKind, ids?: readonly number[]): Promise<number> {
    const over = new AbortController();
    const stopTimer = startTimer(clock, answerMs, () => over.abort());
    return answerWhile(over.signal, kind, ids).finally(stopTimer);
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
      const answer = await answerTo(kind, ids);
      reading = undefined;
      return answer;
    },
    failed: async (after, limit) => (await read()).failed.page(after, limit),
    dryRun: async (wanted) => dryRun({ ...wanted, source, ...(await readNow()), closing }),
  };
}

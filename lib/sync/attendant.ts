import type { Clock } from '../core/clock';
import type { StoreSource } from '../store/store';
import { isOfRun, type Order, type Orders } from './orders';
import { toldStatus } from './told-status';
import type { SyncStatus } from './types';

/** Of whoever works on a cursor: takes the orders of other processes, and tells them how it stands while they look. */
export interface Attendant {
  /** Rejects when the store cannot be asked. */
  attend(): Promise<void>;
  /** What was to run when this is said does not run any more. */
  stopped(): void;
  /** The cursor has passed to another process, and with it what is to run: should it come back, that begins anew. */
  lost(): void;
}

export interface AttendantOptions {
  readonly key: string;
  readonly store: StoreSource;
  readonly clock: Clock;
  readonly orders: Orders;
  /** A number for whoever has asked. Rejects when it could not be done, and then it is tried again. */
  readonly carryOut: (order: Order) => Promise<number>;
  /** What was to run has run, here, to whatever end. */
  readonly isAtRest: () => boolean;
  readonly status: () => SyncStatus;
}

/** So often somebody who looks says so, at least; see `remote.ts`. */
export const lookedForMs = 20_000;
export const watchKey = (key: string): string => `${key}:watched`;
export const statusKey = (key: string): string => `${key}:status`;

const watchEveryMs = 4000;
const statusMs = 60_000;
const tellAgainMs = 20_000;

export function createAttendant(options: AttendantOptions): Attendant {
  const { key, store, clock, orders, carryOut, isAtRest, status } = options;
  /** An order is listed until it is on record that it was carried out, and must not be carried out twice meanwhile. */
  const taken = new Map<string, Taken>();
  let attending: Promise<void> = Promise.resolve();
  let stops = 0;
  let isWatched = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let told = { text: '', at: Number.NEGATIVE_INFINITY };

  async function take(order: Order, isStopped: boolean): Promise<void> {
    const isRun = isOfRun(order);
    const one = taken.get(order.id) ?? { isRun, isInHand: false, count: undefined };
    if (one.isInHand) return;
    taken.set(order.id, one);
    one.isInHand = true;
    try {
      one.count ??= isStopped && isRun ? 0 : await carryOut(order);
      // Were it settled before its run has ended, nobody would go on with it after a death.
      if (!isRun || isAtRest()) await orders.settle(order, one.count);
    } catch {
      // It is listed still, and whatever is left of it is tried again.
    } finally {
      one.isInHand = false;
    }
  }

  async function takeOrders(): Promise<void> {
    const stopsBefore = stops;
    const listed = await orders.list();
    for (const order of listed) {
      // A stop takes as long as what is in hand, and whatever comes behind it is said meanwhile.
      take(order, stops !== stopsBefore).catch(() => undefined);
    }
    for (const id of taken.keys()) if (!listed.some((order) => order.id === id)) taken.delete(id);
  }

  async function tell(): Promise<void> {
    const now = clock.now();
    const open = await store();
    if (Math.abs(now - lookedAt) >= watchEveryMs) {
      lookedAt = now;
      isWatched = (await open.get(watchKey(key))) !== undefined;
    }
    if (!isWatched) return;
    const telling = toldStatus(status());
    const text = JSON.stringify(telling);
    if (text === told.text && Math.abs(now - told.at) < tellAgainMs) return;
    await open.set(statusKey(key), telling, { ttlMs: statusMs });
    told = { text, at: now };
  }

  async function attendOnce(): Promise<void> {
    await takeOrders();
    await tell();
  }

  return {
    attend() {
      // A list that came late would show orders again that are done with.
      attending = attending.then(attendOnce, attendOnce);
      return attending;
    },
    stopped: () => void (stops += 1),
    lost() {
      for (const [id, { isRun }] of taken) if (isRun) taken.delete(id);
    },
  };
}

interface Taken {
  readonly isRun: boolean;
  /** It is carried out, or that is put on record. */
  isInHand: boolean;
  /** Undefined until it was carried out. */
  count: number | undefined;
}

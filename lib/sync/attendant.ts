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
}

export interface AttendantOptions {
  readonly key: string;
  readonly store: StoreSource;
  readonly clock: Clock;
  readonly orders: Orders;
  /** A number for whoever has asked. Rejects when it could not be done, and then it is tried again. */
  readonly carryOut: (order: Order) => Promise<number>;
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
  const { key, store, clock, orders, carryOut, status } = options;
  /** Carried out, or about to be: an order is listed until that is on record. */
  const taken = new Set<string>();
  let stops = 0;
  let isWatched = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let told = { text: '', at: Number.NEGATIVE_INFINITY };

  async function take(order: Order, isStopped: boolean): Promise<void> {
    taken.add(order.id);
    try {
      const count = isStopped && isOfRun(order) ? 0 : await carryOut(order);
      await orders.settle(order, count);
    } catch {
      // It is listed still, and taken up again.
      taken.delete(order.id);
    }
  }

  async function takeOrders(): Promise<void> {
    const stopsBefore = stops;
    const listed = await orders.list();
    for (const order of listed) {
      if (taken.has(order.id)) continue;
      // A stop takes as long as what is in hand, and whatever comes behind it is said meanwhile.
      take(order, stops !== stopsBefore).catch(() => undefined);
    }
    for (const id of taken) if (!listed.some((order) => order.id === id)) taken.delete(id);
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

  return {
    async attend() {
      await takeOrders();
      await tell();
    },
    stopped: () => void (stops += 1),
  };
}

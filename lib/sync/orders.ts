import { randomUUID } from 'node:crypto';
import { at, entriesAt, textAt } from '../core/fields';
import type { StoreSource } from '../store/store';
import { wholeAt } from './place';
import type { Wish } from './wishes';

const runKinds = ['start', 'event', 'late', 'retry'] as const;
const orderKinds = [...runKinds, 'stop', 'reset', 'drop'] as const;
export type OrderKind = (typeof orderKinds)[number];

/** What a person or an event has asked of a process that does not work on the cursor. */
export interface Order {
  readonly id: string;
  readonly kind: OrderKind;
  /** Of failed rows; all of them when left out. */
  readonly ids?: readonly number[];
}

/**
 * Orders on their way to whoever works on the cursor. One stays until it is carried out, whoever dies meanwhile: one that
 * runs something, until that run has ended.
 */
export interface Orders {
  /** A stop takes away what was to run before it. */
  post(kind: OrderKind, ids?: readonly number[]): Promise<string>;
  list(): Promise<readonly Order[]>;
  /** Nobody waits for it any more. */
  withdraw(id: string): Promise<void>;
  /** It was carried out. `count`: what whoever waits is told. */
  settle(order: Order, count: number): Promise<void>;
  /** Somebody has stopped the cursor where it is worked on. */
  withdrawRuns(): Promise<void>;
  /** Undefined until it was carried out. */
  answer(id: string): Promise<number | undefined>;
}

/** From here on an order that runs something is one with an equal one that waits. */
const manyOrders = 50;
/** Nobody waits for an answer any longer than it stays. */
export const answerMs = 10 * 60_000;

export function createOrders(key: string, store: StoreSource): Orders {
  const listKey = `${key}:orders`;
  const answerKey = (id: string): string => `${key}:answer:${id}`;

  async function change(next: (orders: readonly Order[]) => readonly Order[]): Promise<void> {
    const open = await store();
    for (;;) {
      const stored = await open.get(listKey);
      const before = ordersIn(stored);
      const after = next(before);
      if (after.length === 0 && stored === undefined) return;
      const isDone = await open.compareAndSet(listKey, stored, after.length > 0 ? after : undefined);
      if (isDone) return;
    }
  }

  const withdraw = (id: string): Promise<void> =>
    change((orders) => orders.filter((order) => order.id !== id));

  return {
    async post(kind, ids) {
      const order: Order = { id: randomUUID(), kind, ...(ids && { ids }) };
      await change((orders) => [...madeRoom(orders, order), order]);
      return order.id;
    },
    list: async () => ordersIn(await (await store()).get(listKey)),
    withdraw,
    async settle({ id, kind }, count) {
      if (!isOfRun({ kind })) await (await store()).set(answerKey(id), { count }, { ttlMs: answerMs });
      await withdraw(id);
    },
    withdrawRuns: () => change((orders) => orders.filter((order) => !isOfRun(order))),
    answer: async (id) => wholeAt(await (await store()).get(answerKey(id)), 'count'),
  };
}

export const isOfRun = ({ kind }: Pick<Order, 'kind'>): boolean => runKinds.some((each) => each === kind);

function madeRoom(orders: readonly Order[], { kind, ids }: Order): readonly Order[] {
  if (kind === 'stop') return orders.filter((order) => !isOfRun(order));
  if (orders.length < manyOrders) return orders;
  // The last of them stands, so that it comes after a stop that was posted before.
  return orders.filter((order) => order.kind !== kind || ids !== undefined || order.ids !== undefined);
}

function ordersIn(stored: unknown): Order[] {
  return entriesAt({ stored }, 'stored').flatMap((entry: unknown) => {
    const id = textAt(entry, 'id');
    const kind = orderKinds.find((each) => each === textAt(entry, 'kind'));
    if (id === undefined || !kind) return [];
    const ids = at(entry, 'ids') === undefined ? undefined : entriesAt(entry, 'ids');
    return [{ id, kind, ...(ids && { ids: ids.filter((one) => typeof one === 'number') }) }];
  });
}

/** What a wish is in orders; a schedule runs where the cursor is worked on, and nowhere else. */
export function ordersOf({ isStart, late, failed, by }: Wish): Omit<Order, 'id'>[] {
  if (by === 'schedule') return [];
  if (by === 'event') return [{ kind: 'event' }];
  return [
    ...(isStart ? [{ kind: 'start' } as const] : []),
    ...(late === 'all' ? [{ kind: 'late' } as const] : []),
    ...(failed === undefined ? [] : [{ kind: 'retry', ...(failed !== 'all' && { ids: failed }) } as const]),
  ];
}

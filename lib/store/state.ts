import { never, type ItemRecord, type Payload, type StoreRecord } from './record';

/** Entries, items and dead items are replaced, never changed: a snapshot under way may hold on to them. */
export interface Entry {
  readonly payload: Payload;
  readonly expiresAt: number;
}

export interface Item extends Readonly<ItemRecord> {
  readonly payload: Payload;
  /** Not handed out before the change with this number is durable. */
  readonly heldBy: number;
}

export interface DeadItem extends Item {
  readonly reason: string;
  readonly buriedAt: number;
  readonly expiresAt: number;
}

export interface Lease {
  token: string;
  owner: string;
  /** By the clock that is never set back. */
  until: number;
  ids: readonly string[];
}

export interface QueueState {
  items: Item[];
  dead: Map<string, DeadItem>;
  /** Lives in memory only: whoever held it died with the process. */
  lease: Lease | undefined;
}

export interface StoreState {
  entries: Map<string, Entry>;
  queues: Map<string, QueueState>;
  /** Ids of `once`, and when they are forgotten. */
  seen: Map<string, number>;
}

export interface ChangeMark {
  seq: number;
  time: number;
}

export const createState = (): StoreState => ({ entries: new Map(), queues: new Map(), seen: new Map() });

/** `known`: ids that a snapshot brought along, for records that lie behind it and say the same again. */
export function applyRecord(
  state: StoreState,
  record: StoreRecord,
  mark: ChangeMark,
  known?: Set<string>,
): void {
  if ('queue' in record) return applyToQueue(state, record, mark, known);
  switch (record.op) {
    case 'set':
      state.entries.set(record.key, { payload: record.payload, expiresAt: record.expiresAt });
      return;
    case 'touch': {
      const entry = state.entries.get(record.key);
      if (entry) state.entries.set(record.key, { ...entry, expiresAt: record.expiresAt });
      return;
    }
    case 'delete':
      state.entries.delete(record.key);
      return;
    case 'tick':
      return;
    case 'seen':
      for (const [id, expiresAt] of record.ids) state.seen.set(id, expiresAt);
  }
}

type QueueRecord = Extract<StoreRecord, { queue: string }>;

function applyToQueue(
  state: StoreState,
  record: QueueRecord,
  mark: ChangeMark,
  known: Set<string> | undefined,
): void {
  const queue: QueueState = state.queues.get(record.queue) ?? {
    items: [],
    dead: new Map(),
    lease: undefined,
  };
  switch (record.op) {
    case 'append':
      if (record.once) state.seen.set(...record.once);
      if (known?.has(record.id)) break;
      putIn(queue, newItem(record, mark), record.earlier?.before);
      break;
    case 'item':
      known?.add(record.item.id);
      queue.items.push({ ...record.item, payload: record.payload, heldBy: 0 });
      break;
    case 'dead':
      known?.add(record.item.id);
      queue.dead.set(
        record.item.id,
        deadItem({ ...record.item, payload: record.payload, heldBy: 0 }, record),
      );
      break;
    case 'claim': {
      const attempts = new Map(record.attempts);
      replaceHead(queue, attempts, (item) => ({ ...item, attempts: attempts.get(item.id) ?? item.attempts }));
      break;
    }
    case 'release': {
      const { notBefore, reason } = record;
      const forgiven = new Map(record.forgiven?.map((count, place) => [record.ids[place], count]));
      replaceHead(queue, new Set(record.ids), (item) => ({
        ...item,
        notBefore,
        reason: reason ?? item.reason,
        forgiven: forgiven.get(item.id) ?? item.forgiven,
      }));
      break;
    }
    case 'complete':
      takeOut(queue, record.ids);
      break;
    case 'bury': {
      const { reason, expiresAt } = record;
      for (const item of takeOut(queue, record.ids)) {
        queue.dead.set(item.id, deadItem(item, { item: { reason }, buriedAt: mark.time, expiresAt }));
      }
      break;
    }
    case 'replay': {
      const dead = queue.dead.get(record.id);
      if (!dead || !queue.dead.delete(record.id)) break;
      queue.items.push(revived(dead, mark.time));
      break;
    }
    case 'discard':
      queue.dead.delete(record.id);
  }
  if (queue.items.length === 0 && queue.dead.size === 0) state.queues.delete(record.queue);
  else state.queues.set(record.queue, queue);
}

function newItem(record: Extract<StoreRecord, { op: 'append' }>, mark: ChangeMark): Item {
  return {
    id: record.id,
    payload: record.payload,
    attempts: 0,
    appendedAt: record.earlier?.appendedAt ?? mark.time,
    notBefore: 0,
    reason: undefined,
    heldBy: record.durable ? mark.seq : 0,
  };
}

/** One that came earlier stands not far from the end, so the search begins there. */
function putIn(queue: QueueState, item: Item, before: string | undefined): void {
  const place = before === undefined ? -1 : queue.items.findLastIndex(({ id }) => id === before);
  if (place < 0) queue.items.push(item);
  else queue.items.splice(place, 0, item);
}

interface Burial {
  item: { reason: string | undefined };
  buriedAt: number;
  expiresAt: number;
}

function deadItem(item: Item, burial: Burial): DeadItem {
  const { buriedAt, expiresAt } = burial;
  return { ...item, reason: burial.item.reason ?? '', buriedAt, expiresAt };
}

/** Young again, or a limit on age would bury it at once. */
function revived({ id, payload, heldBy }: DeadItem, appendedAt: number): Item {
  return { id, payload, appendedAt, heldBy, attempts: 0, notBefore: 0, reason: undefined };
}

/** What is claimed stands at the head, so the search ends early. */
function replaceHead(
  queue: QueueState,
  ids: { has(id: string): boolean; size: number },
  change: (item: Item) => Item,
): void {
  let left = ids.size;
  for (let index = 0; index < queue.items.length && left > 0; index += 1) {
    const item = queue.items[index];
    if (!item || !ids.has(item.id)) continue;
    queue.items[index] = change(item);
    left -= 1;
  }
}

function takeOut(queue: QueueState, ids: readonly string[]): Item[] {
  const isHead = ids.every((id, index) => queue.items[index]?.id === id);
  if (isHead) return queue.items.splice(0, ids.length);
  const wanted = new Set(ids);
  const taken = queue.items.filter(({ id }) => wanted.has(id));
  if (taken.length > 0) queue.items = queue.items.filter(({ id }) => !wanted.has(id));
  return taken;
}

export const isOver = (expiresAt: number, now: number): boolean => expiresAt !== never && expiresAt <= now;

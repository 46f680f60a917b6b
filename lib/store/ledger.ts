import { isDeepStrictEqual } from 'node:util';
import { InvalidError, toError } from '../core/errors';
import type { KeyRing } from './key-ring';
import type { RecentTexts } from './recent-texts';
import { never, type Payload, type StoreRecord } from './record';
import { applyRecord, isOver, type Entry, type StoreState } from './state';
import type { StoreTime } from './store-time';

/** Where changes are written down. The memory store's remembers nothing. */
export interface Ledger {
  /** Throws when the change cannot be taken; a promise when there is no room at the moment. */
  admit(durable: boolean): Promise<void> | undefined;
  /** `settled` resolves at once, or when the change is durable. */
  note(record: StoreRecord, time: number, durable: boolean): { seq: number; settled: Promise<void> };
  isDurable(seq: number): boolean;
  flush(): Promise<void>;
}

/** What all operations work on. `keys` is undefined where nothing reaches a disk. */
export interface Desk {
  state: StoreState;
  ledger: Ledger;
  time: StoreTime;
  keys: KeyRing | undefined;
}

/** Says the change to the ledger and to the state in one step, so that both have the same order. */
export function change(desk: Desk, record: StoreRecord, durable = false): Promise<void> {
  const time = desk.time.now();
  const { seq, settled } = desk.ledger.note(record, time, durable);
  applyRecord(desk.state, record, { seq, time });
  return settled;
}

/**
 * Without a wait the work begins within the call: so one operation after another takes effect in that order,
 * awaited or not.
 */
export function admitted<T>(desk: Desk, durable: boolean | undefined, work: () => Promise<T>): Promise<T> {
  try {
    const room = desk.ledger.admit(durable === true);
    return room ? room.then(work) : work();
  } catch (thrown) {
    return Promise.reject(toError(thrown));
  }
}

export function liveEntry(desk: Desk, key: string): Entry | undefined {
  const entry = desk.state.entries.get(key);
  return entry && !isOver(entry.expiresAt, desk.time.now()) ? entry : undefined;
}

/** `keep` may give the bytes another place in memory. */
export function toPayload(
  desk: Desk,
  value: unknown,
  belongsTo: string,
  sealed: boolean,
  keep = (bytes: Buffer): Buffer => bytes,
): Payload {
  const text = jsonOf(value);
  return sealed && desk.keys ? keep(desk.keys.seal(text, belongsTo)) : text;
}

export function jsonOf(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw unusable('value');
  return text;
}

/** A value in a box, because `null` is one; no box when the key is gone. */
export function fromPayload(
  desk: Desk,
  payload: Payload,
  belongsTo: string,
  texts?: RecentTexts,
): { value: unknown } | undefined {
  const text = typeof payload === 'string' ? payload : opened(desk, payload, belongsTo, texts);
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  return { value };
}

function opened(
  desk: Desk,
  sealed: Buffer,
  belongsTo: string,
  texts: RecentTexts | undefined,
): string | undefined {
  const known = texts?.find(sealed, belongsTo);
  if (known !== undefined) return known;
  const text = desk.keys?.open(sealed, belongsTo);
  if (text !== undefined) texts?.note(sealed, belongsTo, text);
  return text;
}

export const sameJson = (left: unknown, right: unknown): boolean => isDeepStrictEqual(left, right);

/** What a value means once it has been through JSON: undefined properties gone, dates as text. */
export function asJson(value: unknown): unknown {
  const parsed: unknown = JSON.parse(jsonOf(value));
  return parsed;
}

export function endAfter(desk: Desk, ttlMs: number | undefined): number {
  if (ttlMs === undefined) return never;
  if (!Number.isFinite(ttlMs) || ttlMs <= 0) throw unusable('ttlMs');
  return desk.time.now() + Math.ceil(ttlMs);
}

export function unusable(what: string): InvalidError {
  return new InvalidError('INPUT_INVALID', `the store cannot use this ${what}`, { params: { what } });
}

export function keyLost(key: string): InvalidError {
  return new InvalidError('STORE_KEY_LOST', 'sealed with a key that is not there', {
    params: { key, count: 1 },
  });
}

export const entryPlace = (key: string): string => `key ${key}`;
export const queuePlace = (queue: string): string => `queue ${queue}`;

/** Lets everything else have its turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Goes through much in small steps. What is added or removed meanwhile may or may not come. */
export async function visitAll<T>(
  source: Iterable<T>,
  visit: (each: T) => void,
  perSlice = 10_000,
): Promise<void> {
  let left = perSlice;
  for (const each of source) {
    visit(each);
    left -= 1;
    if (left > 0) continue;
    await nextTurn();
    left = perSlice;
  }
}

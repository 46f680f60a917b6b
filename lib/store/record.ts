/** JSON text, or what it became under a key. */
export type Payload = string | Buffer;

/** No end. On disk it is 0, because JSON has no infinity. */
export const never = Number.POSITIVE_INFINITY;

/**
 * One change. Every change says what is, not what to add, so that a snapshot may already hold what a record
 * behind it says again.
 */
export type StoreRecord =
  | { op: 'set'; key: string; expiresAt: number; payload: Payload }
  | { op: 'touch'; key: string; expiresAt: number }
  | { op: 'delete'; key: string }
  | {
      op: 'append';
      queue: string;
      id: string;
      once: SeenId | undefined;
      durable: boolean;
      /** Only when it came before it was added. */
      earlier?: EarlierPlace;
      payload: Payload;
    }
  | { op: 'claim'; queue: string; attempts: readonly (readonly [id: string, attempts: number])[] }
  | { op: 'complete'; queue: string; ids: readonly string[] }
  | ReleaseRecord
  | { op: 'bury'; queue: string; ids: readonly string[]; reason: string; expiresAt: number }
  | { op: 'replay'; queue: string; id: string }
  | { op: 'discard'; queue: string; id: string }
  /** Says only that time went on: what had ended by then stays ended, even when the clock is set back. */
  | { op: 'tick' }
  // Only in snapshots:
  | { op: 'item'; queue: string; item: ItemRecord; payload: Payload }
  | { op: 'dead'; queue: string; item: ItemRecord; buriedAt: number; expiresAt: number; payload: Payload }
  | { op: 'seen'; ids: readonly SeenId[] };

export interface ReleaseRecord {
  op: 'release';
  queue: string;
  ids: readonly string[];
  notBefore: number;
  reason: string | undefined;
  /** As the items have it from now on, in the order of the ids. */
  forgiven?: readonly number[] | undefined;
}

export type SeenId = readonly [id: string, expiresAt: number];

export interface EarlierPlace {
  appendedAt: number;
  /** The item that it stands before; undefined: at the end. */
  before: string | undefined;
}

export interface ItemRecord {
  id: string;
  attempts: number;
  appendedAt: number;
  notBefore: number;
  reason: string | undefined;
  /** Attempts that do not count against it. */
  forgiven?: number | undefined;
}

const payloadKind = { none: 0, text: 1, sealed: 2 } as const;

/** Body: length of the head (4), kind of the payload (1), head as JSON, payload. */
export function encodeRecord(record: StoreRecord): Buffer {
  const head = JSON.stringify(headOf(record));
  const payload = 'payload' in record ? record.payload : undefined;
  const headLength = Buffer.byteLength(head);
  const body = Buffer.allocUnsafe(5 + headLength + (payload === undefined ? 0 : Buffer.byteLength(payload)));
  body.writeUInt32LE(headLength, 0);
  body.writeUInt8(kindOf(payload), 4);
  body.write(head, 5);
  if (typeof payload === 'string') body.write(payload, 5 + headLength);
  else payload?.copy(body, 5 + headLength);
  return body;
}

function kindOf(payload: Payload | undefined): number {
  if (payload === undefined) return payloadKind.none;
  return typeof payload === 'string' ? payloadKind.text : payloadKind.sealed;
}

const end = (time: number): number => (time === never ? 0 : time);

function headOf(record: StoreRecord): unknown[] {
  const { op } = record;
  switch (op) {
    case 'set':
    case 'touch':
      return [op, record.key, end(record.expiresAt)];
    case 'delete':
      return [op, record.key];
    case 'append':
      return [
        op,
        record.queue,
        record.id,
        record.once ?? null,
        record.durable,
        ...earlierHead(record.earlier),
      ];
    case 'claim':
      return [op, record.queue, record.attempts];
    case 'complete':
      return [op, record.queue, record.ids];
    case 'release':
      return [
        op,
        record.queue,
        record.ids,
        record.notBefore,
        record.reason ?? null,
        ...rest(record.forgiven),
      ];
    case 'bury':
      return [op, record.queue, record.ids, record.reason, end(record.expiresAt)];
    case 'replay':
    case 'discard':
      return [op, record.queue, record.id];
    case 'tick':
      return [op];
    case 'item':
      return [op, record.queue, itemHead(record.item)];
    case 'dead':
      return [op, record.queue, itemHead(record.item), record.buriedAt, end(record.expiresAt)];
    case 'seen':
      return [op, record.ids];
  }
}

function earlierHead(earlier: EarlierPlace | undefined): unknown[] {
  return earlier ? [earlier.appendedAt, earlier.before ?? null] : [];
}

function itemHead(item: ItemRecord): unknown[] {
  const { id, attempts, appendedAt, notBefore, reason, forgiven } = item;
  return [id, attempts, appendedAt, notBefore, reason ?? null, ...rest(forgiven)];
}

/** At the end of a head, where older versions look for nothing. */
const rest = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

import { longKept } from './long-kept';
import {
  never,
  type EarlierPlace,
  type ItemRecord,
  type Payload,
  type SeenId,
  type StoreRecord,
} from './record';

/** undefined: a record that this version does not know, or that is not one. */
export function decodeRecord(body: Buffer): StoreRecord | undefined {
  if (body.length < 5) return undefined;
  const headEnd = 5 + body.readUInt32LE(0);
  if (headEnd > body.length) return undefined;
  const head = parseHead(body.toString('utf8', 5, headEnd));
  if (!head) return undefined;
  try {
    return recordOf(head, payloadOf(body, headEnd));
  } catch (fault) {
    if (fault instanceof ShapeFault) return undefined;
    throw fault;
  }
}

class ShapeFault extends Error {}

function parseHead(json: string): unknown[] | undefined {
  try {
    const head: unknown = JSON.parse(json);
    return Array.isArray(head) ? head : undefined;
  } catch {
    return undefined;
  }
}

function payloadOf(body: Buffer, start: number): Payload | undefined {
  const kind = body.readUInt8(4);
  if (kind === 1) return body.toString('utf8', start);
  // A copy: a slice would keep the whole file in memory.
  return kind === 2 ? longKept(body, start) : undefined;
}

function recordOf(head: unknown[], payload: Payload | undefined): StoreRecord | undefined {
  const [op, name] = head;
  if (op === 'tick') return { op };
  if (op === 'seen') return { op, ids: list(name).map(seenId) };
  switch (op) {
    case 'set':
      return { op, key: text(name), expiresAt: endOf(head[2]), payload: required(payload) };
    case 'touch':
      return { op, key: text(name), expiresAt: endOf(head[2]) };
    case 'delete':
      return { op, key: text(name) };
    default:
      return queueRecordOf(head, text(name), payload);
  }
}

function queueRecordOf(
  head: unknown[],
  queue: string,
  payload: Payload | undefined,
): StoreRecord | undefined {
  const [op, , subject] = head;
  switch (op) {
    case 'append': {
      const once = head[3] === null ? undefined : seenId(head[3]);
      const plain = { op, queue, id: text(subject), once, durable: head[4] === true } as const;
      return { ...plain, ...earlierOf(head), payload: required(payload) };
    }
    case 'claim':
      return { op, queue, attempts: list(subject).map(attemptsOf) };
    case 'complete':
      return { op, queue, ids: list(subject).map(text) };
    case 'release':
      return {
        op,
        queue,
        ids: list(subject).map(text),
        notBefore: count(head[3]),
        reason: maybeText(head[4]),
        forgiven: head[5] === undefined ? undefined : list(head[5]).map(count),
      };
    case 'bury':
      return { op, queue, ids: list(subject).map(text), reason: text(head[3]), expiresAt: endOf(head[4]) };
    case 'replay':
    case 'discard':
      return { op, queue, id: text(subject) };
    case 'item':
      return { op, queue, item: itemOf(subject), payload: required(payload) };
    case 'dead':
      return {
        op,
        queue,
        item: itemOf(subject),
        buriedAt: count(head[3]),
        expiresAt: endOf(head[4]),
        payload: required(payload),
      };
    default:
      return undefined;
  }
}

function earlierOf([, , , , , appendedAt, before]: unknown[]): { earlier?: EarlierPlace } {
  if (appendedAt === undefined) return {};
  return { earlier: { appendedAt: count(appendedAt), before: maybeText(before) } };
}

function itemOf(value: unknown): ItemRecord {
  const [id, attempts, appendedAt, notBefore, reason, forgiven] = list(value);
  return {
    id: text(id),
    attempts: count(attempts),
    appendedAt: count(appendedAt),
    notBefore: count(notBefore),
    reason: maybeText(reason),
    ...(forgiven !== undefined && { forgiven: count(forgiven) }),
  };
}

function seenId(value: unknown): SeenId {
  const [id, expiresAt] = list(value);
  return [text(id), count(expiresAt)];
}

function attemptsOf(value: unknown): readonly [string, number] {
  const [id, attempts] = list(value);
  return [text(id), count(attempts)];
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new ShapeFault();
  return value;
}

const maybeText = (value: unknown): string | undefined => (value === null ? undefined : text(value));

function count(value: unknown): number {
  if (typeof value !== 'number') throw new ShapeFault();
  return value;
}

const endOf = (value: unknown): number => (value === 0 ? never : count(value));

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new ShapeFault();
  return value;
}

function required(payload: Payload | undefined): Payload {
  if (payload === undefined) throw new ShapeFault();
  return payload;
}

import { randomUUID } from 'node:crypto';
import { at } from '../../core/fields';
import type { KeyRing } from '../key-ring';
import { queuePlace, unusable } from '../ledger';
import { createIds } from '../queues';
import type { AppendOptions, Appended, Claim, ClaimOptions, QueueItem, Store } from '../store';
import { jsonText } from './codec';
import type { RedisDesk } from './desk';
import { asList, asNumber, asText, groupsOf, isYes } from './replies';
import type { Argument } from './link';
import { scripts, type Script } from './scripts';

type QueueOperations = Pick<
  Store,
  'append' | 'peek' | 'claim' | 'renew' | 'complete' | 'release' | 'bury' | 'replay' | 'discard'
>;

export interface RedisQueues {
  operations: QueueOperations;
  /** Queues that this open store has claimed. */
  held(): readonly string[];
}

export function createQueueOperations(desk: RedisDesk): RedisQueues {
  const nextId = createIds();
  const held = new Map<string, string>();

  const onQueue = (script: Script, queue: string, ...args: Argument[]): Promise<unknown> =>
    runOnQueue(desk, script, queue, args);

  const end = async (script: Script, { queue, token }: Claim, ...args: Argument[]): Promise<boolean> => {
    const isEnded = isYes(await onQueue(script, queue, token, ...args));
    if (held.get(token) === queue) held.delete(token);
    return isEnded;
  };

  const claim = async (queue: string, options: ClaimOptions): Promise<Claim | undefined> => {
    const { owner, leaseMs, count = 1, uncounted = false } = options;
    const token = randomUUID();
    const counts = uncounted ? 0 : 1;
    for (;;) {
      const args = [token, owner, desk.instance, Math.ceil(leaseMs), count, counts];
      const reply = await onQueue(scripts.claim, queue, ...args);
      if (!Array.isArray(reply)) return undefined;
      held.set(token, queue);
      const taken = await readClaim(queue, reply, token, counts);
      const [first, ...others] = taken;
      if (first) return { token, queue, owner, items: [first, ...others] };
      held.delete(token);
    }
  };

  /** What cannot be had after all is not kept from others. */
  const readClaim = async (
    queue: string,
    reply: unknown,
    token: string,
    counts: number,
  ): Promise<QueueItem[]> => {
    try {
      const items = readItems(desk.keys.ring, queue, reply);
      const isOpen = items.some((one) => one.isOpen && desk.durability.isOpen(one.item.appendedAt));
      if (isOpen) await desk.durability.wait();
      if (items.every(({ isReadable }) => isReadable)) return items.map(({ item }) => item);
      await desk.keys.refresh();
      const again = readItems(desk.keys.ring, queue, reply);
      const lost = again.filter(({ isReadable }) => !isReadable).map(({ item }) => item.id);
      const buried = ['STORE_KEY_LOST', JSON.stringify(lost), counts];
      if (lost.length > 0) await onQueue(scripts.buryLost, queue, token, ...buried);
      return again.filter(({ isReadable }) => isReadable).map(({ item }) => item);
    } catch (thrown) {
      held.delete(token);
      await onQueue(scripts.release, queue, token, 0, '0', '').catch(() => undefined);
      throw thrown;
    }
  };

  const operations: QueueOperations = {
    append: (queue, payload, options = {}) => append(desk, queue, payload, options, nextId),

    async peek(queue, limit) {
      if (limit < 1) return [];
      const reply = await onQueue(scripts.peek, queue, Math.min(limit, longestList));
      const items = readItems(desk.keys.ring, queue, reply);
      if (items.every(({ isReadable }) => isReadable)) return items.map(({ item }) => item);
      await desk.keys.refresh();
      return readItems(desk.keys.ring, queue, reply).map(({ item }) => item);
    },

    async claim(queue, options) {
      if (!(options.leaseMs > 0)) throw unusable('leaseMs');
      return claim(queue, options);
    },

    renew: async ({ queue, token }, leaseMs) =>
      isYes(await onQueue(scripts.renew, queue, token, Math.ceil(leaseMs))),

    async complete(claimed, { durable } = {}) {
      const isEnded = await end(scripts.complete, claimed);
      if (durable) await desk.durability.wait();
      return isEnded;
    },

    release: (claimed, { afterMs = 0, reason } = {}) => {
      const why = reason === undefined ? ['0', ''] : ['1', reason];
      return end(scripts.release, claimed, Math.ceil(afterMs), ...why);
    },

    async bury(claimed, { reason, keepMs }) {
      if (keepMs !== undefined && !(Number.isFinite(keepMs) && keepMs > 0)) throw unusable('ttlMs');
      return end(scripts.bury, claimed, reason, keepMs === undefined ? '' : Math.ceil(keepMs));
    },

    replay: async (queue, id) => isYes(await onQueue(scripts.replay, queue, id)),
    discard: async (queue, id) => isYes(await onQueue(scripts.discard, queue, id)),
  };
  return { operations, held: () => [...new Set(held.values())] };
}

const longestList = 1_000_000_000;

export function runOnQueue(
  { link, names, shiftMs }: RedisDesk,
  script: Script,
  queue: string,
  args: readonly Argument[],
  more: readonly string[] = [],
): Promise<unknown> {
  return link.run(script, [...names.queue(queue), ...more], [shiftMs(), queue, ...args]);
}

async function append(
  desk: RedisDesk,
  queue: string,
  payload: unknown,
  { durable = false, once }: AppendOptions,
  nextId: () => string,
): Promise<Appended> {
  const { keys, names, durability } = desk;
  const sealed = keys.ring.seal(jsonText(payload), queuePlace(queue)).toString('base64');
  if (once && !(Number.isFinite(once.ttlMs) && once.ttlMs > 0)) throw unusable('ttlMs');
  const id = nextId();
  const args = [id, sealed, durable ? '1' : '0', once ? Math.ceil(once.ttlMs) : ''];
  const seen = once ? [names.seen(once.id)] : [];
  const isAdded = isYes(await runOnQueue(desk, scripts.append, queue, args, seen));
  // Also when it had come before: "had it already" promises as much as "took it".
  if (durable) await durability.wait();
  return isAdded ? { added: true, id } : { added: false };
}

interface ReadItem {
  item: QueueItem;
  isReadable: boolean;
  /** Whoever added it waits until it would survive a power cut. */
  isOpen: boolean;
}

function readItems(ring: KeyRing, queue: string, reply: unknown): ReadItem[] {
  const [time, ...rest] = asList(reply);
  const now = asNumber(time);
  return [...groupsOf(rest, 3)].map(([id, headText, sealed]) => {
    const head: unknown = JSON.parse(asText(headText) ?? '{}');
    const found = openPayload(ring, queue, sealed);
    const appendedAt = asNumber(at(head, 'at'));
    const item: QueueItem = {
      id: String(id),
      payload: found?.value,
      attempts: asNumber(at(head, 'attempts')),
      appendedAt,
      ageMs: Math.max(0, now - appendedAt),
      reason: asText(at(head, 'reason')),
    };
    return { item, isReadable: found !== undefined, isOpen: at(head, 'durable') === true };
  });
}

/** In a box; no box when its key is gone. */
export function openPayload(ring: KeyRing, queue: string, sealed: unknown): { value: unknown } | undefined {
  const text = ring.open(Buffer.from(asText(sealed) ?? '', 'base64'), queuePlace(queue));
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  return { value };
}

import { randomUUID } from 'node:crypto';
import { CancelledError } from '../../core/errors';
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
import type { ServerClock } from './server-clock';

type QueueOperations = Pick<
  Store,
  'append' | 'peek' | 'claim' | 'renew' | 'complete' | 'release' | 'bury' | 'isOurs' | 'replay' | 'discard'
>;

interface HeldClaim {
  queue: string;
  /** Of our life, in which it was certainly ours. */
  stretch: number | undefined;
  /** How often we had stood still when we last knew it to be ours. */
  standstills: number;
}

/** Redis is back within a second after us. */
const askAgainMs = 200;

/** As far from now as it takes, and still a whole number for the server. */
const foreverMs = 8e15;

export interface RedisQueues {
  operations: QueueOperations;
  /** Queues that this open store has claimed, and from now on has no more. */
  handBack(): readonly string[];
}

export function createQueueOperations(
  desk: RedisDesk,
  serverClock: ServerClock,
  closed: AbortSignal,
): RedisQueues {
  const nextId = createIds();
  /** By their tokens, also of claims that are asked for at the moment. */
  const held = new Map<string, HeldClaim>();

  const onQueue = (script: Script, queue: string, ...args: Argument[]): Promise<unknown> =>
    runOnQueue(desk, script, queue, args);

  const end = async (script: Script, { queue, token }: Claim, ...args: Argument[]): Promise<boolean> => {
    const isEnded = isYes(await onQueue(script, queue, token, ...args));
    held.delete(token);
    return isEnded;
  };

  const claim = async (queue: string, options: ClaimOptions): Promise<Claim | undefined> => {
    const { owner, leaseMs = foreverMs, count = 1, uncounted = false } = options;
    const token = randomUUID();
    const counts = uncounted ? 0 : 1;
    const args = [token, owner, desk.instance, Math.ceil(leaseMs), count, counts];
    const own: HeldClaim = { queue, stretch: undefined, standstills: desk.life.standstills() };
    held.set(token, own);
    try {
      for (;;) {
        const reply = await tryClaim(queue, args);
        if (typeof reply === 'string' && !held.has(reply)) {
          // Its answer never came, be it to this try or to an earlier one: nobody works on it.
          await release(queue, reply, counts);
          continue;
        }
        const [first, ...others] = Array.isArray(reply) ? await readClaim(queue, reply, token, counts) : [];
        own.stretch = desk.life.stretch();
        if (first) return { token, queue, owner, items: [first, ...others] };
        if (!Array.isArray(reply)) break;
      }
    } catch (thrown) {
      held.delete(token);
      throw thrown;
    }
    held.delete(token);
    return undefined;
  };

  const tryClaim = (queue: string, args: Argument[]): Promise<unknown> =>
    desk.life.sign(() => runOnQueue(desk, scripts.claim, queue, args, [desk.names.beats]));

  const release = (queue: string, token: string, forgiven: number): Promise<unknown> =>
    onQueue(scripts.release, queue, token, 0, '0', '', forgiven);

  /** What cannot be had after all is not kept from others. */
  const readClaim = async (
    queue: string,
    reply: unknown,
    token: string,
    counts: number,
  ): Promise<QueueItem[]> => {
    try {
      const items = readItems(desk.keys.ring, queue, reply);
      const isOpen = items.some((one) => one.isOpen && desk.durability.isOpen(one.addedAt));
      if (isOpen) await desk.durability.wait();
      if (items.every(({ isReadable }) => isReadable)) return items.map(({ item }) => item);
      await desk.keys.refresh();
      const again = readItems(desk.keys.ring, queue, reply);
      const lost = again.filter(({ isReadable }) => !isReadable).map(({ item }) => item.id);
      const buried = ['STORE_KEY_LOST', JSON.stringify(lost), counts];
      if (lost.length > 0) await onQueue(scripts.buryLost, queue, token, ...buried);
      return again.filter(({ isReadable }) => isReadable).map(({ item }) => item);
    } catch (thrown) {
      await release(queue, token, counts).catch(() => undefined);
      throw thrown;
    }
  };

  /** After a standstill only an answer counts: what fails then are our own calls of before, and no outage. */
  const ask = async (queue: string, token: string, isInsisting: boolean): Promise<boolean> => {
    for (;;) {
      try {
        return isYes(await onQueue(scripts.owns, queue, token));
      } catch (thrown) {
        if (closed.aborted) return false;
        if (!isInsisting || thrown instanceof CancelledError) throw thrown;
        await desk.clock.sleep(askAgainMs);
      }
    }
  };

  const operations: QueueOperations = {
    append: (queue, payload, options = {}) => append(desk, queue, payload, options, nextId, serverClock),

    async peek(queue, limit) {
      if (limit < 1) return [];
      const reply = await onQueue(scripts.peek, queue, Math.min(limit, longestList));
      const items = readItems(desk.keys.ring, queue, reply);
      if (items.every(({ isReadable }) => isReadable)) return items.map(({ item }) => item);
      await desk.keys.refresh();
      return readItems(desk.keys.ring, queue, reply).map(({ item }) => item);
    },

    async claim(queue, options) {
      if (options.leaseMs !== undefined && !(options.leaseMs > 0)) throw unusable('leaseMs');
      return claim(queue, options);
    },

    renew: async ({ queue, token }, leaseMs) =>
      isYes(await onQueue(scripts.renew, queue, token, Math.ceil(leaseMs))),

    async complete(claimed, { durable } = {}) {
      const isEnded = await end(scripts.complete, claimed);
      if (durable) await desk.durability.wait();
      return isEnded;
    },

    release: (claimed, { afterMs = 0, reason, forgiven = false } = {}) => {
      const why = reason === undefined ? ['0', ''] : ['1', reason];
      return end(scripts.release, claimed, Math.ceil(afterMs), ...why, forgiven ? 1 : 0);
    },

    async bury(claimed, { reason, keepMs }) {
      if (keepMs !== undefined && !(Number.isFinite(keepMs) && keepMs > 0)) throw unusable('ttlMs');
      return end(scripts.bury, claimed, reason, keepMs === undefined ? '' : Math.ceil(keepMs));
    },

    async isOurs({ queue, token }) {
      const own = held.get(token);
      // Whoever closes the store frees its claims: that we were heard of a moment ago tells nothing then.
      if (!own || closed.aborted) return false;
      const [stretch, standstills] = [desk.life.stretch(), desk.life.standstills()];
      const isFresh = own.stretch === stretch && desk.life.isRecent();
      if (isFresh && own.standstills === standstills) return true;
      const isStillOurs = (await ask(queue, token, own.standstills !== standstills)) && !closed.aborted;
      if (isStillOurs) Object.assign(own, { stretch, standstills });
      return isStillOurs;
    },

    replay: async (queue, id) => isYes(await onQueue(scripts.replay, queue, id)),
    discard: async (queue, id) => isYes(await onQueue(scripts.discard, queue, id)),
  };
  return {
    operations,
    handBack() {
      const queues = new Set([...held.values()].map(({ queue }) => queue));
      held.clear();
      return [...queues];
    },
  };
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
  { durable = false, once, cameAt }: AppendOptions,
  nextId: () => string,
  serverClock: ServerClock,
): Promise<Appended> {
  const { keys, names, durability } = desk;
  const sealed = keys.ring.seal(jsonText(payload), queuePlace(queue)).toString('base64');
  if (once && !(Number.isFinite(once.ttlMs) && once.ttlMs > 0)) throw unusable('ttlMs');
  if (cameAt !== undefined && !Number.isFinite(cameAt)) throw unusable('cameAt');
  const id = nextId();
  const remember = once ? Math.ceil(once.ttlMs) : '';
  const came = cameAt === undefined ? '' : await serverClock.at(cameAt);
  const args = [id, sealed, durable ? '1' : '0', remember, came];
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
  /** What came earlier than it was added is durable by the time at which it was added. */
  addedAt: number;
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
      forgiven: asNumber(at(head, 'forgiven')),
      appendedAt,
      ageMs: Math.max(0, now - appendedAt),
      reason: asText(at(head, 'reason')),
    };
    const addedAt = asNumber(at(head, 'put') ?? appendedAt);
    return { item, isReadable: found !== undefined, isOpen: at(head, 'durable') === true, addedAt };
  });
}

/** In a box; no box when its key is gone. */
export function openPayload(ring: KeyRing, queue: string, sealed: unknown): { value: unknown } | undefined {
  const text = ring.open(Buffer.from(asText(sealed) ?? '', 'base64'), queuePlace(queue));
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  return { value };
}

import { at } from '../../core/fields';
import type { DeadLetter, QueueSummary, Store, StoreStats } from '../store';
import { sealedBytes, sealedHeadLength } from './codec';
import type { RedisDesk } from './desk';
import { asList, asNumber, asText, groupsOf } from './replies';
import { openPayload, runOnQueue } from './queues';
import { scripts } from './scripts';
import { namesOf } from './values';

type Overview = Pick<Store, 'queues' | 'deadLetters'>;

const perPage = 200;
/** A claim of another process may become free before its time, when that process dies. */
const lookAgainMs = 1000;

export function createOverview(desk: RedisDesk): Overview {
  return {
    queues: (prefix = '') => queues(desk, prefix),
    deadLetters: (prefix = '') => deadLetters(desk, prefix),
  };
}

async function* queues(desk: RedisDesk, prefix: string): AsyncGenerator<QueueSummary> {
  for await (const names of queueNames(desk, prefix)) {
    const summaries = await Promise.all(names.map((name) => summaryOf(desk, name)));
    for (const summary of summaries) {
      if (summary.waiting + summary.claimed + summary.dead > 0) yield summary;
    }
  }
}

/** In the order of the names, each once. */
async function* queueNames({ link, names }: RedisDesk, prefix: string): AsyncGenerator<string[]> {
  // No text in UTF-8 has this byte.
  const last = prefix === '' ? '+' : Buffer.concat([Buffer.from(`[${prefix}`), Buffer.from([255])]);
  let from = prefix === '' ? '-' : `[${prefix}`;
  for (;;) {
    const page = asList(await link.call('ZRANGEBYLEX', names.queues, from, last, 'LIMIT', 0, perPage));
    const found = page.map(String);
    yield found;
    if (found.length < perPage) return;
    from = `(${found.at(-1) ?? ''}`;
  }
}

async function summaryOf(desk: RedisDesk, queue: string): Promise<QueueSummary> {
  const reply = asList(await runOnQueue(desk, scripts.summary, queue, []));
  const [items = 0, claimed = 0, leaseLeft = 0] = reply.slice(0, 3).map(asNumber);
  const [dueIn = 0, age = -1, dead = 0] = reply.slice(4).map(asNumber);
  const isOurs = leaseLeft === 0 || reply[3] === desk.instance;
  const freeIn = isOurs ? leaseLeft : Math.min(leaseLeft, lookAgainMs);
  return {
    queue,
    waiting: items - claimed,
    claimed,
    dead,
    oldestAgeMs: age < 0 ? undefined : age,
    readyInMs: Math.max(freeIn, dueIn),
  };
}

async function* deadLetters(desk: RedisDesk, prefix: string): AsyncGenerator<DeadLetter> {
  for await (const names of queueNames(desk, prefix)) {
    for (const queue of names) yield* lettersOf(desk, queue);
  }
}

async function* lettersOf(desk: RedisDesk, queue: string): AsyncGenerator<DeadLetter> {
  const { link, names, keys } = desk;
  const [, , payloads = ''] = names.queue(queue);
  const heads = [...groupsOf(asList(await runOnQueue(desk, scripts.letters, queue, [])), 2)].map(
    ([id, text]) => ({ id: String(id), head: parsed(text) }),
  );
  heads.sort((one, other) => buriedAt(one.head) - buriedAt(other.head));
  for (const { id, head } of heads) {
    const sealed = asText(await link.call('HGET', payloads, id));
    // Replayed or discarded since.
    if (sealed === undefined) continue;
    let found = openPayload(keys.ring, queue, sealed);
    if (!found) {
      await keys.refresh();
      found = openPayload(keys.ring, queue, sealed);
    }
    yield {
      ...{ queue, id, payload: found?.value, unreadable: !found },
      reason: asText(at(head, 'reason')) ?? '',
      attempts: asNumber(at(head, 'attempts')),
      appendedAt: asNumber(at(head, 'at')),
      buriedAt: buriedAt(head),
    };
  }
}

const buriedAt = (head: unknown): number => asNumber(at(head, 'buried'));

function parsed(text: unknown): unknown {
  return JSON.parse(asText(text) ?? '{}');
}

export type Counts = Pick<
  StoreStats,
  'liveKeys' | 'unreadable' | 'waiting' | 'claimed' | 'dead' | 'oldestAgeMs'
>;

export const noCounts: Counts = {
  ...{ liveKeys: 0, unreadable: 0, waiting: 0, claimed: 0, dead: 0 },
  oldestAgeMs: undefined,
};

export async function countQueues(
  desk: RedisDesk,
): Promise<Pick<Counts, 'waiting' | 'claimed' | 'dead' | 'oldestAgeMs'>> {
  const counts = { waiting: 0, claimed: 0, dead: 0 };
  let oldest = -1;
  for await (const summary of queues(desk, '')) {
    counts.waiting += summary.waiting;
    counts.claimed += summary.claimed;
    counts.dead += summary.dead;
    oldest = Math.max(oldest, summary.oldestAgeMs ?? -1);
  }
  return { ...counts, oldestAgeMs: oldest < 0 ? undefined : oldest };
}

/** Goes through all keys of the server: not for every look at the panel. */
export async function countValues(desk: RedisDesk): Promise<Pick<Counts, 'liveKeys' | 'unreadable'>> {
  const seen = new Set<string>();
  let unreadable = 0;
  for await (const page of namesOf(desk, '')) {
    const fresh = [...new Set(page)].filter((name) => !seen.has(name));
    for (const name of fresh) seen.add(name);
    const lost = await Promise.all(fresh.map((name) => isLost(desk, name)));
    unreadable += lost.filter(Boolean).length;
  }
  return { liveKeys: seen.size, unreadable };
}

async function isLost({ link, keys }: RedisDesk, name: string): Promise<boolean> {
  // Of another type than ours: not a value.
  const head = await link.call('GETRANGE', name, 0, sealedHeadLength - 1).catch(() => '');
  const bytes = sealedBytes(asText(head) ?? '');
  return bytes !== undefined && !keys.ring.hasKeyOf(bytes);
}

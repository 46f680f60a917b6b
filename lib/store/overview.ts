import { fromPayload, nextTurn, queuePlace, visitAll, type Desk } from './ledger';
import type { Payload } from './record';
import { isOver, type QueueState } from './state';
import type { DeadLetter, QueueSummary, Store, StoreStats } from './store';

type Overview = Pick<Store, 'queues' | 'deadLetters'>;

/** What can be listed and counted. */
export function createOverview(desk: Desk): Overview {
  return {
    queues: (prefix = '') => queues(desk, prefix),
    deadLetters: (prefix = '') => deadLetters(desk, prefix),
  };
}

async function* queues(desk: Desk, prefix: string): AsyncGenerator<QueueSummary> {
  for (const name of namesOf(desk, prefix)) {
    const queue = desk.state.queues.get(name);
    const summary = queue && summaryOf(desk, name, queue);
    if (summary && summary.waiting + summary.claimed + summary.dead > 0) yield summary;
  }
}

async function* deadLetters(desk: Desk, prefix: string): AsyncGenerator<DeadLetter> {
  for (const queue of namesOf(desk, prefix)) {
    await nextTurn();
    for (const dead of [...(desk.state.queues.get(queue)?.dead.values() ?? [])]) {
      if (isOver(dead.expiresAt, desk.time.now())) continue;
      if (!desk.state.queues.get(queue)?.dead.has(dead.id)) continue;
      const found = fromPayload(desk, dead.payload, queuePlace(queue));
      const { id, reason, attempts, appendedAt, buriedAt } = dead;
      yield { queue, id, payload: found?.value, unreadable: !found, reason, attempts, appendedAt, buriedAt };
    }
  }
}

/** Taken at once: a queue that empties and fills again would come twice. Only queues that hold something exist. */
const namesOf = (desk: Desk, prefix: string): string[] =>
  [...desk.state.queues.keys()].filter((name) => name.startsWith(prefix));

function summaryOf(desk: Desk, name: string, { items, dead, lease }: QueueState): QueueSummary {
  const now = desk.time.now();
  const leaseLeft = lease ? Math.max(0, lease.until - desk.time.elapsed()) : 0;
  const claimed = lease && leaseLeft > 0 ? lease.ids.length : 0;
  const retryLeft = Math.max(0, (items[0]?.notBefore ?? 0) - now);
  const deadLeft = [...dead.values()].filter(({ expiresAt }) => !isOver(expiresAt, now));
  const oldest = items.reduce((least, item) => Math.min(least, item.appendedAt), Number.POSITIVE_INFINITY);
  return {
    queue: name,
    waiting: items.length - claimed,
    claimed,
    dead: deadLeft.length,
    oldestAgeMs: items.length > 0 ? now - oldest : undefined,
    readyInMs: Math.max(leaseLeft, retryLeft),
  };
}

type Counts = Pick<StoreStats, 'liveKeys' | 'unreadable' | 'waiting' | 'claimed' | 'dead' | 'oldestAgeMs'>;

export async function countAll(desk: Desk): Promise<Counts> {
  const counts = { liveKeys: 0, unreadable: await countUnreadable(desk), waiting: 0, claimed: 0, dead: 0 };
  const now = desk.time.now();
  await visitAll(desk.state.entries.values(), ({ expiresAt }) => {
    if (!isOver(expiresAt, now)) counts.liveKeys += 1;
  });
  let oldest = -1;
  await visitAll(desk.state.queues, ([name, queue]) => {
    const summary = summaryOf(desk, name, queue);
    counts.waiting += summary.waiting;
    counts.claimed += summary.claimed;
    counts.dead += summary.dead;
    oldest = Math.max(oldest, summary.oldestAgeMs ?? -1);
  });
  return { ...counts, oldestAgeMs: oldest < 0 ? undefined : oldest };
}

/** Sealed with a key that is not there. */
export async function countUnreadable({ state, keys }: Desk): Promise<number> {
  if (!keys) return 0;
  let lost = 0;
  const look = ({ payload }: { payload: Payload }): void => {
    if (typeof payload !== 'string' && !keys.hasKeyOf(payload)) lost += 1;
  };
  await visitAll(state.entries.values(), look);
  await visitAll(state.queues.values(), ({ items, dead }) => {
    items.forEach(look);
    dead.forEach(look);
  });
  return lost;
}

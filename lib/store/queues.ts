import { randomBytes, randomUUID } from 'node:crypto';
import { admitted, change, endAfter, fromPayload, jsonOf, queuePlace, unusable, type Desk } from './ledger';
import { createRecentTexts, type RecentTexts } from './recent-texts';
import { never, type EarlierPlace, type Payload } from './record';
import { isOver, type Item, type Lease, type QueueState } from './state';
import type { AppendOptions, Appended, Claim, ClaimOptions, QueueItem, Store } from './store';

type QueueOperations = Pick<
  Store,
  'append' | 'peek' | 'claim' | 'renew' | 'complete' | 'release' | 'bury' | 'isOurs' | 'replay' | 'discard'
>;

interface QueueDesk extends Desk {
  readonly texts: RecentTexts;
}

export function createQueueOperations(shared: Desk): QueueOperations {
  const desk: QueueDesk = { ...shared, texts: createRecentTexts() };
  const nextId = createIds();

  /** The queue, as long as the claim is still the owner's: also after its lease, when nobody else came. */
  const held = (claim: Claim): { queue: QueueState; lease: Lease } | undefined => {
    const queue = desk.state.queues.get(claim.queue);
    const lease = queue?.lease;
    return queue && lease?.token === claim.token ? { queue, lease } : undefined;
  };

  const end = async (
    claim: Claim,
    settle: (queue: string, ids: readonly string[]) => Promise<void>,
  ): Promise<boolean> => {
    const own = held(claim);
    if (!own) return false;
    own.queue.lease = undefined;
    await settle(claim.queue, own.lease.ids);
    return true;
  };

  const changeDead = (op: 'replay' | 'discard', queue: string, id: string): Promise<boolean> =>
    admitted(desk, false, async () => {
      if (!liveDead(desk, queue, id)) return false;
      await change(desk, { op, queue, id });
      return true;
    });

  return {
    append: (queue, payload, options = {}) =>
      admitted(desk, options.durable, () => append(desk, queue, payload, options, nextId)),

    async peek(name, limit) {
      const items = desk.state.queues.get(name)?.items ?? [];
      return items
        .slice(0, limit)
        .filter(({ heldBy }) => desk.ledger.isDurable(heldBy))
        .map((item) => shown(desk, name, item) ?? withPayload(desk, item, undefined));
    },

    claim: (queue, options) => admitted(desk, false, async () => claim(desk, queue, options)),

    async renew(claimed, leaseMs) {
      const own = held(claimed);
      if (own) own.lease.until = desk.time.elapsed() + leaseMs;
      return own !== undefined;
    },

    complete: (claimed, { durable } = {}) =>
      admitted(desk, durable, () =>
        end(claimed, (queue, ids) => change(desk, { op: 'complete', queue, ids }, durable)),
      ),

    release: (claimed, { afterMs = 0, reason, forgiven = false } = {}) =>
      admitted(desk, false, async () => {
        const notBefore = afterMs > 0 ? endAfter(desk, afterMs) : 0;
        const counts = forgiven ? claimed.items.map((item) => item.forgiven + 1) : undefined;
        return end(claimed, (queue, ids) =>
          change(desk, { op: 'release', queue, ids, notBefore, reason, forgiven: counts }),
        );
      }),

    bury: (claimed, { reason, keepMs }) =>
      admitted(desk, false, async () => {
        const expiresAt = endAfter(desk, keepMs);
        return end(claimed, (queue, ids) => change(desk, { op: 'bury', queue, ids, reason, expiresAt }));
      }),

    isOurs: (claimed) => Promise.resolve(held(claimed) !== undefined),

    replay: (queue, id) => changeDead('replay', queue, id),
    discard: (queue, id) => changeDead('discard', queue, id),
  };
}

async function append(
  desk: QueueDesk,
  queue: string,
  payload: unknown,
  { durable = false, once, cameAt }: AppendOptions,
  nextId: () => string,
): Promise<Appended> {
  const sealed = sealedPayload(desk, payload, queuePlace(queue));
  const until = once && endAfter(desk, once.ttlMs);
  if (cameAt !== undefined && !Number.isFinite(cameAt)) throw unusable('cameAt');
  if (once && isSeen(desk, once.id)) {
    // The first one may still be on its way to the disk, and "had it already" promises as much as "took it".
    if (durable) await desk.ledger.flush();
    return { added: false };
  }
  const id = nextId();
  const seen = once && until !== undefined ? ([once.id, until] as const) : undefined;
  const earlier = cameAt === undefined ? {} : { earlier: earlierPlace(desk, queue, cameAt) };
  await change(desk, { op: 'append', queue, id, once: seen, durable, ...earlier, payload: sealed }, durable);
  return { added: true, id };
}

function sealedPayload({ keys, texts }: QueueDesk, value: unknown, place: string): Payload {
  const text = jsonOf(value);
  if (!keys) return text;
  const sealed = inOwnMemory(keys.seal(text, place));
  texts.note(sealed, place, text);
  return sealed;
}

/** What waits for its flow may wait long; in the pool of Node it would keep in memory all that came and went beside it. */
function inOwnMemory(sealed: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(sealed.length);
  sealed.copy(own);
  return own;
}

/** Before all at the end that came later and that nobody has had in hand yet. */
function earlierPlace(desk: Desk, name: string, cameAt: number): EarlierPlace {
  const { items = [], lease } = desk.state.queues.get(name) ?? {};
  const appendedAt = desk.time.at(cameAt);
  const isFixed = (item: Item): boolean =>
    item.attempts > 0 || item.appendedAt <= appendedAt || lease?.ids.includes(item.id) === true;
  return { appendedAt, before: items[items.findLastIndex(isFixed) + 1]?.id };
}

function isSeen(desk: Desk, id: string): boolean {
  const expiresAt = desk.state.seen.get(id);
  return expiresAt !== undefined && !isOver(expiresAt, desk.time.now());
}

function liveDead(desk: Desk, queue: string, id: string): boolean {
  const dead = desk.state.queues.get(queue)?.dead.get(id);
  return dead !== undefined && !isOver(dead.expiresAt, desk.time.now());
}

async function claim(
  desk: QueueDesk,
  name: string,
  { owner, leaseMs = Number.POSITIVE_INFINITY, count = 1, uncounted = false }: ClaimOptions,
): Promise<Claim | undefined> {
  if (!(leaseMs > 0)) throw unusable('leaseMs');
  const lease = desk.state.queues.get(name)?.lease;
  if (lease && lease.until > desk.time.elapsed()) return undefined;
  const more = uncounted ? 0 : 1;
  const taken = readyHead(desk, name, count).map((item) => ({ ...item, attempts: item.attempts + more }));
  const [first, ...others] = taken;
  const queue = desk.state.queues.get(name);
  if (!first || !queue) return undefined;

  const attempts = taken.map((item) => [item.id, item.attempts] as const);
  const token = randomUUID();
  const noted = change(desk, { op: 'claim', queue: name, attempts });
  queue.lease = { token, owner, until: desk.time.elapsed() + leaseMs, ids: taken.map(({ id }) => id) };
  await noted;
  return { token, queue: name, owner, items: [first, ...others] };
}

/** Items from the head on that are durable, due and readable; unreadable ones before and among them are buried. */
function readyHead(desk: QueueDesk, name: string, count: number): QueueItem[] {
  const ready: QueueItem[] = [];
  const lost: string[] = [];
  for (const item of desk.state.queues.get(name)?.items ?? []) {
    if (ready.length >= count) break;
    if (item.notBefore > desk.time.now() || !desk.ledger.isDurable(item.heldBy)) break;
    const readable = shown(desk, name, item);
    // Whoever claims it has it in hand: it is not looked at again.
    desk.texts.forget(item.payload);
    if (readable) ready.push(readable);
    else lost.push(item.id);
  }
  if (lost.length > 0) {
    const burial = { op: 'bury', queue: name, ids: lost, reason: 'STORE_KEY_LOST' } as const;
    // Settles at once, because it need not be durable.
    change(desk, { ...burial, expiresAt: never }).catch(() => undefined);
  }
  return ready;
}

function shown(desk: QueueDesk, queue: string, item: Item): QueueItem | undefined {
  const found = fromPayload(desk, item.payload, queuePlace(queue), desk.texts);
  return found && withPayload(desk, item, found.value);
}

function withPayload(desk: Desk, item: Item, payload: unknown): QueueItem {
  const { id, attempts, forgiven = 0, appendedAt, reason } = item;
  return { id, payload, attempts, forgiven, appendedAt, ageMs: desk.time.now() - appendedAt, reason };
}

/** Ids that no other run of this store gives out. */
export function createIds(): () => string {
  const run = randomBytes(6).toString('base64url');
  let given = 0;
  return () => `${run}-${(given += 1).toString(36)}`;
}

import type { Clock } from '../../core/clock';
import { UnreachableError } from '../../core/errors';
import type { QueueItem, Store } from '../../store/store';
import { createSteadyDifference } from '../../store/store-time';
import { QUEUE_PREFIX, readStoredEvent, type StoredEvent } from '../inbox/stored-event';

/** Events that wait in this process' own files, in a queue for each dialog as in the store that is away. */
export interface Journal {
  /** Something of this dialog waits, or is on its way here. */
  has(queue: string): boolean;
  count(): number;
  /** How many were given away since it was opened. */
  given(): number;
  /** Resolves when it would survive a power cut. */
  keep(queue: string, stored: StoredEvent, cameAt: number): Promise<void>;
  /** Gives away what waits, each dialog in its order. Rejects with the first failure; what was not taken stays. */
  giveAway(take: Take): Promise<void>;
}

export type Take = (stored: StoredEvent, cameAt: number) => Promise<unknown>;

/** So many events of a dialog are noted as given at once. */
const atOnce = 100;
/** So many dialogs: where each event waits for the disk of a server, they share the wait. */
const sideBySide = 256;
/** Within the process nobody else claims, and a claim does not outlive the process. */
const claiming = { owner: 'intake', leaseMs: 10 * 60_000, uncounted: true };

/** As long as the store itself remembers it. */
const dedupeMs = 24 * 60 * 60_000;

const journals = new WeakMap<Store, Promise<Journal>>();

/** One for each open store: what came before a deploy and what comes after it is counted together. */
export function journalOn(store: Store, clock: Clock): Promise<Journal> {
  const known = journals.get(store) ?? openJournal(store, clock);
  journals.set(store, known);
  return known;
}

async function openJournal(store: Store, clock: Clock): Promise<Journal> {
  const counts = new Map<string, number>();
  const steady = createSteadyDifference();
  /** Grows with everything that is kept. */
  let kept = 0;
  let given = 0;

  const add = (queue: string, more: number): void => {
    const count = (counts.get(queue) ?? 0) + more;
    if (count > 0) counts.set(queue, count);
    else counts.delete(queue);
  };

  for await (const { queue, waiting, claimed } of store.queues(QUEUE_PREFIX)) add(queue, waiting + claimed);

  /** What the store has buried itself, and what had an open outcome. */
  async function recount(queue: string): Promise<void> {
    const before = kept;
    let found = 0;
    for await (const summary of store.queues(queue)) {
      if (summary.queue === queue) found = summary.waiting + summary.claimed;
    }
    if (kept === before) add(queue, found - (counts.get(queue) ?? 0));
  }

  const cameAt = ({ appendedAt, ageMs }: QueueItem, now: number): number =>
    appendedAt + steady(now - appendedAt - ageMs);

  async function giveDialog(queue: string, take: Take): Promise<void> {
    while (await giveSome(queue, take)) continue;
    if (counts.has(queue)) await recount(queue);
  }

  /** False when there is nothing more that can be given. */
  async function giveSome(queue: string, take: Take): Promise<boolean> {
    const events = readableHead(await store.peek(queue, atOnce));
    // Read when the ages are: a busy process goes on late.
    const now = clock.now();
    const claim = await store.claim(queue, { ...claiming, count: Math.max(1, events.length) });
    if (!claim) return false;
    if (events.length === 0) {
      await store.bury(claim, { reason: 'unreadable' });
      return true;
    }
    try {
      // One after the other: were several on their way, a later one might be taken and an earlier one not.
      for (const item of claim.items) {
        const stored = readStoredEvent(item.payload);
        if (stored) await take(stored, cameAt(item, now));
      }
    } catch (thrown) {
      await store.release(claim);
      throw thrown;
    }
    if (!(await store.complete(claim))) return false;
    add(queue, -claim.items.length);
    given += claim.items.length;
    return true;
  }

  return {
    has: (queue) => counts.has(queue),
    given: () => given,
    count: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    async keep(queue, stored, cameAt) {
      kept += 1;
      add(queue, 1);
      try {
        const once = { id: stored.event.eventId, ttlMs: dedupeMs };
        const { added } = await store.append(queue, stored, { durable: true, once, cameAt });
        if (!added) add(queue, -1);
      } catch (thrown) {
        // With an open outcome it may be there later on.
        if (!(thrown instanceof UnreachableError && thrown.sent)) add(queue, -1);
        throw thrown;
      }
    },
    async giveAway(take) {
      const queues = [...counts.keys()];
      for (let place = 0; place < queues.length; place += sideBySide) {
        const dialogs = queues.slice(place, place + sideBySide);
        const given = await Promise.allSettled(dialogs.map((queue) => giveDialog(queue, take)));
        for (const each of given) if (each.status === 'rejected') throw each.reason;
      }
    },
  };
}

function readableHead(items: readonly QueueItem[]): readonly QueueItem[] {
  const end = items.findIndex(({ payload }) => readStoredEvent(payload) === undefined);
  return end < 0 ? items : items.slice(0, end);
}

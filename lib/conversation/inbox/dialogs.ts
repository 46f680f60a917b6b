import { startTimer, type Clock } from '../../core/clock';
import { CancelledError, toError } from '../../core/errors';
import type { Claim, ClaimOptions, QueueItem, Store } from '../../store/store';
import { joinEvents, LARGEST_BATCH, planBatch, type WaitingEvent } from './batch';
import { createDialogSlots } from './dialog-slots';
import type { Endings } from './endings';
import { readStoredEvent, type StoredEvent } from './stored-event';
import type { DeliveryEnd, Reader } from '../../bitrix24/events/reader';
import type { FoundReader, InboxListeners } from './types';

export interface DialogsOptions {
  store: Store;
  clock: Clock;
  /** Who claims: this process. */
  owner: string;
  monotonic: () => number;
  eventMaxAgeMs: () => number;
  readerOf: (stored: StoredEvent) => FoundReader | undefined;
  /** Of this process, by the monotonic clock. */
  startedAt: number;
  endings: Endings;
  listeners: InboxListeners;
}

/** Works through the queues, one event of each at a time. */
export interface Dialogs {
  /** Something may be there to hand out. */
  wake(queue: string): void;
  readersChanged(): void;
  pause(): void;
  resume(): void;
  running(reader: Reader): number;
  /** Who had the queue when it was last looked at; `undefined`: there was no reader for it. */
  lastReader(queue: string): Reader | undefined;
  parked(): number;
  close(): void;
}

const leaseMs = 5 * 60_000;
const renewMs = 60_000;
const storePauseMs = 1000;

export function createDialogs(options: DialogsOptions): Dialogs {
  const { store, clock, owner, monotonic, endings, listeners } = options;
  const slots = createDialogSlots(wake);
  /** Queues that are looked at now, or whose event is in hand. */
  const busy = new Set<string>();
  /** Something came meanwhile. */
  const again = new Set<string>();
  const timers = new Map<string, () => void>();
  /** Their reader is not there. */
  const parked = new Set<string>();
  /** For the end of the pause. */
  const held = new Set<string>();
  const inHand = new Set<Claim>();
  const readers = new Map<string, Reader>();
  let isPaused = false;
  let isClosed = false;

  function wakeIn(queue: string, ms: number): void {
    if (isClosed) return;
    timers.get(queue)?.();
    timers.set(
      queue,
      startTimer(clock, ms, () => wake(queue)),
    );
  }

  function wake(queue: string): void {
    if (isClosed) return;
    if (isPaused) return void held.add(queue);
    if (busy.has(queue)) return void again.add(queue);
    timers.get(queue)?.();
    timers.delete(queue);
    parked.delete(queue);
    busy.add(queue);
    lookSafely(queue).catch(() => undefined);
  }

  /** Never rejects. */
  async function lookSafely(queue: string): Promise<void> {
    try {
      await look(queue);
    } catch (thrown) {
      if (thrown instanceof CancelledError) close();
      else wakeIn(queue, storePauseMs);
    }
    slots.decline(queue);
    busy.delete(queue);
    if (again.delete(queue)) wake(queue);
  }

  async function look(queue: string): Promise<void> {
    const items = await store.peek(queue, LARGEST_BATCH);
    const [first] = items;
    readers.delete(queue);
    if (!first) return;
    const head = readStoredEvent(first.payload);
    if (!head) return giveUp(queue, first, 'unreadable', undefined);
    const found = options.readerOf(head);
    if (isStale(first)) return giveUp(queue, first, 'too old', found?.reader);
    if (!found) return void parked.add(queue);
    const { reader } = found;
    readers.set(queue, reader);
    if (endings.isSpent(first, reader)) {
      return giveUp(queue, first, first.reason ?? 'it never ended', reader);
    }
    const { count, waitMs } = planBatch(waitingOf(first, head, items), reader.rules);
    if (waitMs > 0) return wakeIn(queue, waitMs);
    if (isPaused) return void held.add(queue);
    if (!slots.enter(reader, queue)) return;
    try {
      await handOut(queue, count, found);
    } finally {
      slots.leave(reader);
    }
  }

  async function handOut(queue: string, count: number, found: FoundReader): Promise<void> {
    await withClaim(queue, { owner, leaseMs, count }, async (claim) => {
      const startedAt = monotonic();
      const end = await handTo(found, claim);
      listeners.onEnd?.(end.how, monotonic() - startedAt);
      await endings.record(claim, end, found.reader, isPaused);
    });
  }

  async function giveUp(
    queue: string,
    item: QueueItem,
    reason: string,
    reader: Reader | undefined,
  ): Promise<void> {
    const claiming = { owner, leaseMs, uncounted: true };
    await withClaim(queue, claiming, async (claim) => {
      // What cannot be read at all the store has buried itself, and gives the next one.
      if (claim.items[0].id === item.id) await endings.giveUp(claim, reason, reader);
      else await store.release(claim);
    });
  }

  async function withClaim(
    queue: string,
    claiming: ClaimOptions,
    use: (claim: Claim) => Promise<void>,
  ): Promise<void> {
    const claim = await store.claim(queue, claiming);
    if (!claim) return wakeIn(queue, await readyIn(queue));
    inHand.add(claim);
    try {
      await use(claim);
    } finally {
      inHand.delete(claim);
    }
    again.add(queue);
  }

  async function handTo({ reader, isOwn }: FoundReader, { items }: Claim): Promise<DeliveryEnd> {
    const [first, ...others] = items.flatMap(({ payload }) => readStoredEvent(payload) ?? []);
    if (!first) return { how: 'failed', reason: 'unreadable' };
    const { event, tokens } = joinEvents([first, ...others], reader.rules.batchMs > 0);
    const attempt = items[0].attempts + (first.earlier ?? 0);
    listeners.onHandOut?.(attempt);
    try {
      const handed = { ...event, redelivered: attempt > 1, attempt };
      return await reader.hand({ event: handed, tokens: isOwn ? tokens : {} });
    } catch (thrown) {
      return { how: 'failed', reason: toError(thrown).message };
    }
  }

  /** A late answer is worse than none; but what came to this very process waits for its turn, however long. */
  function isStale({ ageMs }: QueueItem): boolean {
    return ageMs > options.eventMaxAgeMs() && ageMs > monotonic() - options.startedAt;
  }

  async function readyIn(queue: string): Promise<number> {
    for await (const summary of store.queues(queue)) {
      if (summary.queue === queue) return Math.max(summary.readyInMs, 1);
    }
    return 1;
  }

  async function renewAll(): Promise<void> {
    for (const claim of inHand) await store.renew(claim, leaseMs);
  }

  function renewLater(): () => void {
    return startTimer(clock, renewMs, () => {
      // One that cannot be renewed now is tried again long before it runs out.
      renewAll().catch(() => undefined);
      stopRenewing = renewLater();
    });
  }
  let stopRenewing = renewLater();

  function close(): void {
    isClosed = true;
    stopRenewing();
    for (const stop of timers.values()) stop();
    timers.clear();
  }

  return {
    wake,
    readersChanged() {
      for (const queue of [...parked, ...slots.dissolve()]) wake(queue);
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      const waiting = [...held];
      held.clear();
      for (const queue of waiting) wake(queue);
    },
    running: (reader) => slots.running(reader),
    lastReader: (queue) => readers.get(queue),
    parked: () => parked.size,
    close,
  };
}

function waitingOf(
  first: QueueItem,
  head: StoredEvent,
  items: readonly QueueItem[],
): [WaitingEvent, ...WaitingEvent[]] {
  const others: WaitingEvent[] = [];
  for (const { payload, attempts, ageMs } of items.slice(1)) {
    const stored = readStoredEvent(payload);
    if (!stored) break;
    others.push({ ...stored, attempts, ageMs });
  }
  return [{ ...head, attempts: first.attempts, ageMs: first.ageMs }, ...others];
}

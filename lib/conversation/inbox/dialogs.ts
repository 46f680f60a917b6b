import { startTimer, type Clock } from '../../core/clock';
import { CancelledError, toError } from '../../core/errors';
import type { Claim, ClaimOptions, QueueItem, Store } from '../../store/store';
import { joinEvents, LARGEST_BATCH, planBatch, type WaitingEvent } from './batch';
import { createDialogSlots } from './dialog-slots';
import type { Endings } from './endings';
import { readStoredEvent, type StoredEvent } from './stored-event';
import type { DeliveryEnd, Reader } from '../../bitrix24/events/reader';
import type { InboxListeners, Router } from './types';

export interface DialogsOptions {
  store: Store;
  clock: Clock;
  /** Who claims: this process. */
  owner: string;
  monotonic: () => number;
  eventMaxAgeMs: () => number;
  readerOf: Router['readerOf'];
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
  const openedAt = monotonic();
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
    if (!head) return giveUp(queue, 'unreadable', undefined);
    const reader = options.readerOf(head.event);
    if (isStale(first)) return giveUp(queue, 'too old', reader);
    if (!reader) return void parked.add(queue);
    readers.set(queue, reader);
    if (endings.isSpent(first, reader)) return giveUp(queue, first.reason ?? 'it never ended', reader);
    const { count, waitMs } = planBatch(waitingOf(first, head, items), reader.rules);
    if (waitMs > 0) return wakeIn(queue, waitMs);
    if (isPaused) return void held.add(queue);
    if (!slots.enter(reader, queue)) return;
    try {
      await handOut(queue, count, reader);
    } finally {
      slots.leave(reader);
    }
  }

  async function handOut(queue: string, count: number, reader: Reader): Promise<void> {
    await withClaim(queue, { owner, leaseMs, count }, async (claim) => {
      const startedAt = monotonic();
      const end = await handTo(reader, claim);
      listeners.onEnd?.(end.how, monotonic() - startedAt);
      await endings.record(claim, end, reader);
    });
  }

  async function giveUp(queue: string, reason: string, reader: Reader | undefined): Promise<void> {
    const claiming = { owner, leaseMs, uncounted: true };
    await withClaim(queue, claiming, (claim) => endings.giveUp(claim, reason, reader));
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

  async function handTo(reader: Reader, { items }: Claim): Promise<DeliveryEnd> {
    const [first, ...others] = items.flatMap(({ payload }) => readStoredEvent(payload) ?? []);
    if (!first) return { how: 'failed', reason: 'unreadable' };
    const { event, tokens } = joinEvents([first, ...others], reader.rules.batchMs > 0);
    const attempt = items[0].attempts;
    listeners.onHandOut?.(attempt);
    try {
      return await reader.hand({ event: { ...event, redelivered: attempt > 1, attempt }, tokens });
    } catch (thrown) {
      return { how: 'failed', reason: toError(thrown).message };
    }
  }

  /** A late answer is worse than none; but what came to this very process waits for its turn, however long. */
  function isStale({ ageMs }: QueueItem): boolean {
    return ageMs > options.eventMaxAgeMs() && ageMs > monotonic() - openedAt;
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

import type { Clock } from '../../core/clock';
import { toError } from '../../core/errors';
import type { Claim, QueueItem, Store } from '../../store/store';
import type { Next } from '../../store/wakes';
import { joinEvents, LARGEST_BATCH, planBatch, type WaitingEvent } from './batch';
import { createDialogSlots } from './dialog-slots';
import type { Endings } from './endings';
import type { Pace } from './pace';
import { QUEUE_KIND, readStoredEvent, type StoredEvent } from './stored-event';
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
  /** Awaited before a queue is looked at. */
  pace: Pace;
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
  /** Whose turn it is in the queue; `undefined`: there is no reader for it. */
  readerOf(queue: string): Promise<Reader | undefined>;
  parked(): number;
  close(): void;
}

/** In a box, so that whoever waits for the look does not wait for the hand-out. */
type Look = Next | { readonly handingOut: Promise<Next> };

interface HandOut {
  readonly count: number;
  readonly found: FoundReader;
  readonly isSuspect: boolean;
}

/** A claim of this very process that nobody works on: the store gives it back soon. */
const longestWaitMs = 5 * 60_000;
const suspectPauseMs = 1000;
/** After an outage the others have told within seconds since when they are there. */
const attendancePauseMs = 1000;
/** For dialogs of readers that have not been met yet, while those that have are at their limits. */
const sparePlaces = 10;
const placesOfUnknown = 100;
const rememberedQueues = 10_000;

export function createDialogs(options: DialogsOptions): Dialogs {
  const { store, clock, owner, monotonic, endings, listeners } = options;
  const wakes = store.wakes({
    ...{ kind: QUEUE_KIND, clock },
    onTrouble: (reason) => listeners.onTrouble?.(reason),
  });
  const slots = createDialogSlots((reader) => wakes.placeFree(reader));
  /** Who had the queue when it was last looked at. */
  const lastReaders = new Map<string, Reader>();
  const met = new Set<Reader>();
  let isPaused = false;
  let isTryingSuspect = false;

  /** A hand-out takes as long as the flow does, so nothing of the look at the queue is held meanwhile. */
  const lookAt = (queue: string): Promise<Next> =>
    lookInTurn(queue).then((look) => ('handingOut' in look ? look.handingOut : look));

  async function lookInTurn(queue: string): Promise<Look> {
    try {
      await options.pace();
      return await look(queue);
    } finally {
      slots.decline(queue);
    }
  }

  async function look(queue: string): Promise<Look> {
    const [first] = await store.peek(queue, 1);
    lastReaders.delete(queue);
    if (!first) return { how: 'idle' };
    const head = readStoredEvent(first.payload);
    if (!head) return giveUp(queue, first, 'unreadable', undefined);
    const found = options.readerOf(head);
    // Too old or not is for those to say who could have answered it.
    if (!found) return { how: 'parked' };
    const { reader } = found;
    const isTooOld = isStale(first);
    if (isTooOld === undefined) return { how: 'later', ms: attendancePauseMs };
    if (isTooOld) return giveUp(queue, first, 'too old', reader);
    meet(reader, queue);
    if (endings.isSpent(first, reader)) {
      return giveUp(queue, first, first.reason ?? 'it never ended', reader);
    }
    // All that waits behind the first one is read only when there is a place for it.
    if (!slots.hasRoom(reader, queue)) return full(reader, queue);
    const isAlone = first.attempts === 0 && reader.rules.batchMs <= 0;
    const items = isAlone ? [first] : await store.peek(queue, LARGEST_BATCH);
    // Another one has had it meanwhile.
    if (items[0]?.id !== first.id) return { how: 'again' };
    const { count, waitMs } = planBatch(waitingOf(items[0], head, items), reader.rules);
    if (waitMs > 0) return { how: 'later', ms: waitMs, mayChange: true };
    // It began while this queue was looked at.
    if (isPaused) return { how: 'again' };
    const isSuspect = endings.isSuspect(first, reader);
    // One at a time: whatever is in hand beside an event that kills the process loses a try with it.
    if (isSuspect && isTryingSuspect) return { how: 'later', ms: suspectPauseMs };
    if (!slots.enter(reader, queue)) return full(reader, queue);
    if (isSuspect) isTryingSuspect = true;
    return { handingOut: handOut(queue, { count, found, isSuspect }) };
  }

  const full = (room: Reader, queue: string): Next => ({
    ...{ how: 'full', room },
    isFree: () => slots.hasRoom(room, queue),
  });

  function meet(reader: Reader, queue: string): void {
    lastReaders.set(queue, reader);
    // Others may have emptied it since, and then nobody here looks at it again.
    const [oldest] = lastReaders.keys();
    if (lastReaders.size > rememberedQueues && oldest !== undefined) lastReaders.delete(oldest);
    if (met.has(reader)) return;
    met.add(reader);
    allowPlaces();
  }

  function allowPlaces(): void {
    let places = met.size === 0 ? placesOfUnknown : 0;
    for (const { rules } of met) places += rules.maxDialogs;
    wakes.allow(places + sparePlaces);
  }

  /** The place is the queue's by now. */
  async function handOut(queue: string, { count, found, isSuspect }: HandOut): Promise<Next> {
    const { reader } = found;
    try {
      const claim = await store.claim(queue, { owner, count });
      if (!claim) return { how: 'later', ms: await readyIn(queue) };
      const startedAt = monotonic();
      let end: DeliveryEnd;
      try {
        end = await handTo(found, claim);
      } catch (thrown) {
        end = { how: 'failed', reason: toError(thrown).message };
      }
      listeners.onEnd?.(end.how, monotonic() - startedAt);
      await endings.record(claim, end, reader, isPaused);
      return { how: 'again' };
    } finally {
      if (isSuspect) isTryingSuspect = false;
      slots.leave(reader);
    }
  }

  async function giveUp(
    queue: string,
    item: QueueItem,
    reason: string,
    reader: Reader | undefined,
  ): Promise<Next> {
    const claim = await store.claim(queue, { owner, uncounted: true });
    if (!claim) return { how: 'later', ms: await readyIn(queue) };
    // What cannot be read at all the store has buried itself, and gives the next one.
    if (claim.items[0].id === item.id) await endings.giveUp(claim, reason, reader);
    else await endings.giveBack(claim);
    return { how: 'again' };
  }

  function handTo({ reader, isOwn }: FoundReader, claim: Claim): Promise<DeliveryEnd> {
    const { items } = claim;
    const [first, ...others] = items.flatMap(({ payload }) => readStoredEvent(payload) ?? []);
    if (!first) return Promise.resolve({ how: 'failed', reason: 'unreadable' });
    const { event, tokens } = joinEvents([first, ...others], reader.rules.batchMs > 0);
    const attempt = items[0].attempts + (first.earlier ?? 0);
    listeners.onHandOut?.(attempt);
    // Read for this hand-out alone, so nobody sees it change.
    const handed = Object.assign(event, { redelivered: attempt > 1, attempt });
    return reader.hand({ event: handed, tokens: isOwn ? tokens : {}, isOurs: () => store.isOurs(claim) });
  }

  /**
   * A late answer is worse than none; but what came while this process was there, or one with which it shares the store,
   * waits for its turn, however long. Undefined: that is not known yet.
   */
  function isStale({ ageMs }: QueueItem): boolean | undefined {
    if (ageMs <= options.eventMaxAgeMs() || ageMs <= monotonic() - options.startedAt) return false;
    if (!store.attendedForMs) return true;
    const attendedForMs = store.attendedForMs();
    return attendedForMs === undefined ? undefined : ageMs > attendedForMs;
  }

  async function readyIn(queue: string): Promise<number> {
    for await (const summary of store.queues(queue)) {
      if (summary.queue === queue) return Math.min(Math.max(summary.readyInMs, 1), longestWaitMs);
    }
    return 1;
  }

  allowPlaces();
  wakes.start(lookAt);

  return {
    wake: (queue) => wakes.wake(queue),
    readersChanged() {
      met.clear();
      wakes.takersChanged();
    },
    pause() {
      isPaused = true;
      wakes.pause();
    },
    resume() {
      isPaused = false;
      wakes.resume();
    },
    running: (reader) => slots.running(reader),
    async readerOf(queue) {
      const last = lastReaders.get(queue);
      if (last) return last;
      // It may be another process that works on it.
      const [first] = await store.peek(queue, 1);
      const head = first && readStoredEvent(first.payload);
      return head && options.readerOf(head)?.reader;
    },
    parked: () => wakes.parked(),
    close() {
      wakes.close().catch(() => undefined);
    },
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

import { startTimer, type Clock } from '../../core/clock';
import type { DeadLetter, Store } from '../../store/store';
import { createDialogs } from './dialogs';
import { createEndings } from './endings';
import { createPace, type NextTurn } from './pace';
import { QUEUE_PREFIX, queueOf, readStoredEvent, type StoredEvent } from './stored-event';
import { CancelledError, UnreachableError } from '../../core/errors';
import type { Backlog, Reader } from '../../bitrix24/events/reader';
import type { FoundReader, Inbox, InboxListeners, Router } from './types';

export interface InboxOptions {
  store: Store;
  clock: Clock;
  /** Who claims: this process. */
  owner: string;
  /** What came before this process started is not answered when it is older than this. */
  eventMaxAgeMs: () => number;
  deadLetterMs: () => number;
  listeners?: InboxListeners;
  /** Milliseconds that are never set back. */
  monotonic?: () => number;
  /** By that clock. */
  processStartedAt?: number;
  random?: () => number;
  /** In which turn of the event loop work goes on. */
  nextTurn?: NextTurn;
}

/** An event that comes again within this time is the same event. */
const dedupeMs = 24 * 60 * 60 * 1000;
const storePauseMs = 1000;

/** Every accepted event reaches its reader at least once, in the order of its dialog, or ends as a dead letter. */
export function createInbox(options: InboxOptions): Inbox {
  const { store, clock, listeners = {}, monotonic = () => performance.now() } = options;
  const routers = new Set<Router>();
  const endings = createEndings({ ...options, listeners });
  /** Events on their way to the disk. */
  let arriving = 0;
  const dialogs = createDialogs({
    ...options,
    listeners,
    monotonic,
    endings,
    pace: createPace(() => arriving > 0, options.nextTurn),
    readerOf,
    startedAt: options.processStartedAt ?? 0,
  });

  /** The portal node that believed the event knows best whose it is; others are asked only when that one is gone. */
  function readerOf({ event, via }: StoredEvent): FoundReader | undefined {
    const all = [...routers];
    const own = all.filter(({ id }) => id === via);
    for (const router of own.length > 0 ? own : all) {
      const reader = router.readerOf(event);
      if (reader) return { reader, isOwn: own.length > 0 };
    }
    return undefined;
  }

  /** It may have been taken although nobody could be told so. */
  function wakeOnceSafe(queue: string): void {
    store.flush().then(
      () => dialogs.wake(queue),
      (thrown: unknown) => {
        if (thrown instanceof CancelledError) return;
        startTimer(clock, storePauseMs, () => wakeOnceSafe(queue));
      },
    );
  }

  async function findLetter(queue: string, id: string): Promise<DeadLetter | undefined> {
    for await (const letter of store.deadLetters(queue)) {
      if (letter.queue === queue && letter.id === id) return letter;
    }
    return undefined;
  }

  return {
    async receive(event, tokens, via, cameAt) {
      const stored: StoredEvent = { event, tokens, via };
      const queue = queueOf(event);
      const once = { id: `event:${event.eventId}`, ttlMs: dedupeMs };
      arriving += 1;
      try {
        const earlier = cameAt === undefined ? {} : { cameAt };
        const { added } = await store.append(queue, stored, { durable: true, once, ...earlier });
        const how = added ? 'stored' : 'duplicate';
        listeners.onReceived?.(how);
        // Also what came before may have been taken without anybody having been told.
        dialogs.wake(queue);
        return how;
      } catch (thrown) {
        if (thrown instanceof UnreachableError && thrown.sent) wakeOnceSafe(queue);
        throw thrown;
      } finally {
        arriving -= 1;
      }
    },

    serve(router) {
      routers.add(router);
      dialogs.readersChanged();
      return () => void routers.delete(router);
    },

    readersChanged: () => dialogs.readersChanged(),
    pause: () => dialogs.pause(),
    resume: () => dialogs.resume(),

    async replay(queue, id) {
      const letter = await findLetter(queue, id);
      if (!letter) return false;
      const stored = readStoredEvent(letter.payload);
      if (!stored) return store.replay(queue, id);
      // A new event for the store, whose tries begin anew, and the old one for whoever records answers.
      const earlier = (stored.earlier ?? 0) + letter.attempts;
      const once = { id: `replay:${queue}:${id}`, ttlMs: dedupeMs };
      await store.append(queue, { ...stored, earlier }, { durable: true, once });
      await store.discard(queue, id);
      dialogs.wake(queue);
      return true;
    },

    async backlog() {
      const found = new Map<Reader, Backlog>();
      for await (const { queue, waiting, claimed, oldestAgeMs = 0 } of store.queues(QUEUE_PREFIX)) {
        if (waiting + claimed === 0) continue;
        const reader = await dialogs.readerOf(queue);
        if (!reader) continue;
        const sum = found.get(reader) ?? { waiting: 0, running: dialogs.running(reader), oldestMs: 0 };
        sum.waiting += waiting;
        sum.oldestMs = Math.max(sum.oldestMs, oldestAgeMs);
        found.set(reader, sum);
      }
      return found;
    },

    parked: () => dialogs.parked(),

    close: () => dialogs.close(),
  };
}

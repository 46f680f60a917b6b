import { startTimer, type Clock } from '../../core/clock';
import type { BitrixEvent } from '../../bitrix24/events/event';
import type { Store } from '../../store/store';
import { createDialogs } from './dialogs';
import { createEndings } from './endings';
import { QUEUE_PREFIX, queueOf, type StoredEvent } from './stored-event';
import type { Backlog, Reader } from '../../bitrix24/events/reader';
import type { Inbox, InboxListeners, Router } from './types';

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
  random?: () => number;
}

/** An event that comes again within this time is the same event. */
const dedupeMs = 24 * 60 * 60 * 1000;
const storePauseMs = 1000;

/** Every accepted event reaches its reader at least once, in the order of its dialog, or ends as a dead letter. */
export function createInbox(options: InboxOptions): Inbox {
  const { store, clock, listeners = {}, monotonic = () => performance.now() } = options;
  const routers = new Set<Router>();
  const endings = createEndings({ ...options, listeners });
  const dialogs = createDialogs({ ...options, listeners, monotonic, endings, readerOf });
  let stopSearch = (): void => undefined;

  function readerOf(event: BitrixEvent): Reader | undefined {
    for (const router of routers) {
      const reader = router.readerOf(event);
      if (reader) return reader;
    }
    return undefined;
  }

  /** What an earlier process left behind. */
  async function wakeAll(): Promise<void> {
    for await (const { queue, waiting, claimed } of store.queues(QUEUE_PREFIX)) {
      if (waiting + claimed > 0) dialogs.wake(queue);
    }
  }

  function search(): void {
    wakeAll().catch(() => {
      stopSearch = startTimer(clock, storePauseMs, search);
    });
  }
  search();

  return {
    async receive(event, tokens) {
      const stored: StoredEvent = { event, tokens };
      const queue = queueOf(event);
      const once = { id: `event:${event.eventId}`, ttlMs: dedupeMs };
      try {
        const { added } = await store.append(queue, stored, { durable: true, once });
        const how = added ? 'stored' : 'duplicate';
        listeners.onReceived?.(how);
        if (added) dialogs.wake(queue);
        return how;
      } catch (thrown) {
        listeners.onReceived?.('unavailable');
        throw thrown;
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
      const isBack = await store.replay(queue, id);
      if (isBack) dialogs.wake(queue);
      return isBack;
    },

    async backlog() {
      const found = new Map<Reader, Backlog>();
      for await (const { queue, waiting, claimed, oldestAgeMs = 0 } of store.queues(QUEUE_PREFIX)) {
        const reader = dialogs.lastReader(queue);
        if (!reader || waiting + claimed === 0) continue;
        const sum = found.get(reader) ?? { waiting: 0, running: dialogs.running(reader), oldestMs: 0 };
        sum.waiting += waiting;
        sum.oldestMs = Math.max(sum.oldestMs, oldestAgeMs);
        found.set(reader, sum);
      }
      return found;
    },

    parked: () => dialogs.parked(),

    close() {
      stopSearch();
      dialogs.close();
    },
  };
}

import { randomUUID } from 'node:crypto';
import type { NodeAPI } from 'node-red';
import { startTimer, systemClock } from '../../lib/core/clock';
import { createInbox } from '../../lib/conversation/inbox/inbox';
import type { Inbox, InboxListeners, Router } from '../../lib/conversation/inbox/types';
import type { EventKeeper } from '../../lib/bitrix24/events/event-desk';
import type { Store, StoreSource } from '../../lib/store/store';
import { flowsPhaseOf, type FlowsPhase } from './flows-phase';
import { metrics } from './overview';

export interface KeeperPlace {
  source: StoreSource;
  eventMaxAgeMs: number;
  deadLetterMs: number;
}

export interface PortalKeeper extends EventKeeper {
  /** From now on this portal's events find their readers here. */
  serve(router: Pick<Router, 'readerOf'>): void;
  /** When an event was last kept; milliseconds since 1970. */
  lastKeptAt(): number | undefined;
  close(): void;
}

interface OpenInbox {
  inbox: Inbox;
  /** As the portal that came last wants it. */
  place: KeeperPlace;
}

const counting: InboxListeners = {
  onReceived(how) {
    if (how === 'stored') metrics.count('bitlane_events_received_total');
    else if (how === 'duplicate') metrics.count('bitlane_events_duplicate_total');
    else metrics.count('bitlane_unavailable_total');
  },
  onHandOut(attempt) {
    if (attempt > 1) metrics.count('bitlane_redelivered_total');
  },
  onEnd(how, ms) {
    metrics.count('bitlane_flow_ends_total', { how });
    metrics.observe('bitlane_flow_seconds', ms / 1000);
  },
  onRetry: () => metrics.count('bitlane_retries_total'),
  onDead: (letters) => metrics.count('bitlane_dead_total', {}, letters),
};

const OWNER = randomUUID();
const RETRY_MS = 5000;

/** One for each open store. They outlive the nodes: what was in hand at a deploy still has to be recorded. */
const inboxes = new Map<Store, OpenInbox>();

/** What a portal node needs to have its events kept and handed out. */
export function createPortalKeeper(
  RED: Pick<NodeAPI, 'events'>,
  place: KeeperPlace,
  portalId: string,
): PortalKeeper {
  const phase = flowsPhaseOf(RED);
  let router: Pick<Router, 'readerOf'> | undefined;
  let served: { inbox: Inbox; leave: () => void } | undefined;
  let stopRetry = (): void => undefined;
  const closing = new AbortController();
  let lastKeptAt: number | undefined;

  /** The store may be opened anew behind the source, and then has an inbox of its own. */
  async function inboxNow(): Promise<Inbox> {
    const store = await place.source();
    const inbox = inboxOf(store, place, phase);
    if (router && !closing.signal.aborted && served?.inbox !== inbox) {
      served?.leave();
      const { readerOf } = router;
      served = { inbox, leave: inbox.serve({ id: portalId, readerOf }) };
      // A folder that was lost to another process comes back as another store.
      store.closed.addEventListener('abort', connect, { signal: closing.signal });
    }
    return inbox;
  }

  function connect(): void {
    inboxNow().catch(() => {
      // Whoever uses the store says what is wrong with it; what waits in it is looked for again.
      if (!closing.signal.aborted) stopRetry = startTimer(systemClock, RETRY_MS, connect);
    });
  }

  return {
    ready: () => phase.settled(),
    async keep(event, tokens) {
      await (await inboxNow()).receive(event, tokens, portalId);
      lastKeptAt = systemClock.now();
    },
    readersChanged: () => served?.inbox.readersChanged(),
    backlog: async (reader) => (await served?.inbox.backlog())?.get(reader),
    lastKeptAt: () => lastKeptAt,
    serve(given) {
      router = given;
      connect();
    },
    close() {
      closing.abort();
      stopRetry();
      served?.leave();
    },
  };
}

/** The inbox of this store, when a portal has brought it one. */
export function inboxOn(store: Store): Inbox | undefined {
  return inboxes.get(store)?.inbox;
}

function inboxOf(store: Store, place: KeeperPlace, phase: FlowsPhase): Inbox {
  const open = inboxes.get(store);
  if (open) {
    open.place = place;
    return open.inbox;
  }
  const made: OpenInbox = { place, inbox: openInbox(store, () => made.place, phase) };
  inboxes.set(store, made);
  return made.inbox;
}

function openInbox(store: Store, place: () => KeeperPlace, phase: FlowsPhase): Inbox {
  const inbox = createInbox({
    store,
    clock: systemClock,
    owner: OWNER,
    eventMaxAgeMs: () => place().eventMaxAgeMs,
    deadLetterMs: () => place().deadLetterMs,
    listeners: counting,
  });
  const follow = (isSettled: boolean): void => (isSettled ? inbox.resume() : inbox.pause());
  follow(phase.isSettled());
  const unfollow = phase.watch(follow);
  store.closed.addEventListener('abort', () => {
    unfollow();
    inbox.close();
    inboxes.delete(store);
  });
  return inbox;
}

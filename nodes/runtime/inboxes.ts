import { randomUUID } from 'node:crypto';
import type { NodeAPI } from 'node-red';
import { startTimer, systemClock } from '../../lib/core/clock';
import { createInbox } from '../../lib/conversation/inbox/inbox';
import type { Inbox, InboxListeners, Router } from '../../lib/conversation/inbox/types';
import { createHeadStart, type HeadStart } from '../../lib/conversation/intake/head-start';
import type { EventKeeper } from '../../lib/bitrix24/events/event-desk';
import { backgroundClock } from '../../lib/store/background-clock';
import { isStoreAway } from '../../lib/store/last-known';
import type { StandIn, StoreOffer } from '../../lib/store/offer';
import type { Store, StoreSource } from '../../lib/store/store';
import { joinIntake, type IntakeUser } from './intakes';
import { flowsPhaseOf, type FlowsPhase } from './flows-phase';
import { metrics } from './overview';

export interface KeeperPlace {
  source: StoreSource;
  eventMaxAgeMs: number;
  deadLetterMs: number;
  /** Both only of a store that may be away while this process is well. */
  standIn?: StandIn | undefined;
  onState?: StoreOffer['onState'];
  /** For the log. */
  say?: IntakeUser['say'];
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
  headStart: HeadStart;
}

const counting: InboxListeners = {
  onReceived(how) {
    if (how === 'stored') metrics.count('bitlane_events_received_total');
    else metrics.count('bitlane_events_duplicate_total');
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
  let served: { inbox: Inbox; headStart: HeadStart; leave: () => void } | undefined;
  let isAway = false;
  /** Before there was an inbox. */
  let wasAway = false;
  let stopRetry = (): void => undefined;
  const closing = new AbortController();
  let lastKeptAt: number | undefined;

  /** The store may be opened anew behind the source, and then has an inbox of its own. */
  async function inboxNow(): Promise<Inbox> {
    const store = await place.source();
    const { inbox, headStart } = inboxOf(store, place, phase);
    if (router && !closing.signal.aborted && served?.inbox !== inbox) {
      served?.leave();
      const { readerOf } = router;
      if (isAway || wasAway) headStart.storeIs('away');
      if (!isAway) headStart.storeIs('there');
      const leave = inbox.serve({ id: portalId, readerOf });
      const letGo = joined && store.holdsBack?.(() => joined.intake.isHolding());
      served = {
        ...{ inbox, headStart },
        leave() {
          letGo?.();
          leave();
        },
      };
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

  const user: IntakeUser = { id: portalId, inbox: inboxNow, say: place.say ?? (() => undefined) };
  const joined = place.standIn && joinIntake(place.standIn, user);

  function storeIs(how: 'away' | 'there'): void {
    isAway = how === 'away';
    joined?.intake.storeIs(how);
    if (served) served.headStart.storeIs(how);
    else if (isAway) wasAway = true;
    else if (router) connect();
  }
  const unfollow =
    joined &&
    place.onState?.((condition) => {
      if (condition.state === 'ready') storeIs('there');
      if (condition.state === 'unavailable' && isStoreAway(condition.error)) storeIs('away');
    });

  return {
    ready: () => phase.settled(),
    async keep(event, tokens) {
      try {
        await (joined?.intake ?? (await inboxNow())).receive(event, tokens, portalId);
      } catch (thrown) {
        metrics.count('bitlane_unavailable_total');
        throw thrown;
      }
      lastKeptAt = systemClock.now();
    },
    readersChanged: () => served?.inbox.readersChanged(),
    async backlog(reader) {
      const local = joined?.intake.waiting() ?? 0;
      if (isAway && local > 0) return { waiting: 0, running: 0, oldestMs: 0, local };
      const found = (await served?.inbox.backlog())?.get(reader);
      return local === 0 ? found : { waiting: 0, running: 0, oldestMs: 0, ...found, local };
    },
    lastKeptAt: () => lastKeptAt,
    serve(given) {
      router = given;
      connect();
    },
    close() {
      closing.abort();
      stopRetry();
      unfollow?.();
      joined?.leave();
      served?.leave();
    },
  };
}

/** The inbox of this store, when a portal has brought it one. */
export function inboxOn(store: Store): Inbox | undefined {
  return inboxes.get(store)?.inbox;
}

function inboxOf(store: Store, place: KeeperPlace, phase: FlowsPhase): OpenInbox {
  const open = inboxes.get(store);
  if (open) {
    open.place = place;
    return open;
  }
  const made: OpenInbox = { place, ...openInbox(store, () => made.place, phase) };
  inboxes.set(store, made);
  return made;
}

function openInbox(
  store: Store,
  place: () => KeeperPlace,
  phase: FlowsPhase,
): Pick<OpenInbox, 'inbox' | 'headStart'> {
  const inbox = createInbox({
    store,
    clock: systemClock,
    owner: OWNER,
    eventMaxAgeMs: () => place().eventMaxAgeMs,
    deadLetterMs: () => place().deadLetterMs,
    listeners: {
      ...counting,
      onTrouble: (reason) => place().say?.('bitrix-portal.local.trouble', { reason }),
    },
  });
  let isHeld = false;
  const follow = (): void => (phase.isSettled() && !isHeld ? inbox.resume() : inbox.pause());
  follow();
  const unfollow = phase.watch(follow);
  const hold = (held: boolean): void => {
    isHeld = held;
    follow();
  };
  const headStart = createHeadStart(backgroundClock, hold, store.allMoved);
  const ignoreStutters = store.onStutter?.(() => headStart.stuttered());
  store.closed.addEventListener('abort', () => {
    unfollow();
    ignoreStutters?.();
    headStart.close();
    inbox.close();
    inboxes.delete(store);
  });
  return { inbox, headStart };
}

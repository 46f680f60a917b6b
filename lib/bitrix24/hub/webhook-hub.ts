import { systemClock } from '../../core/clock';
import { sameHost } from './bot-directory';
import type { MemberMemory } from './portal-records';
import type { BitrixEvent } from '../events/event';
import { createEventDesk, type EventKeeper } from '../events/event-desk';
import type { IntakeGate } from '../events/event-intake';
import type { Portal, PortalHub } from './hub';
import type { PortalRest } from '../rest/portal';
import type { StoreSource } from '../../store/store';
import { createWebhookTrust, type PinStore } from '../events/sender-trust';

export interface WebhookHubOptions {
  /** Holds the secret. */
  base: URL;
  domain: string;
  path: string;
  store: StoreSource;
  fileHttp: PortalHub['fileHttp'];
  keeper: EventKeeper;
  applicationToken: string | undefined;
  bots: () => readonly { code: string; botToken: string | undefined }[];
  pins: PinStore;
  members: MemberMemory;
  connect: (base: URL) => PortalRest;
  /** An event of this portal was turned away. */
  onRefused: () => void;
  onUnwanted: (event: BitrixEvent) => void;
  onShared: () => void;
}

/** What has left for the portal may hear its answer: a deploy waits for a node a little longer than this. */
export const FAREWELL_MS = 700;

const askAgainMs = 5000;

export type RunningHub = PortalHub & { gate: IntakeGate; close: () => Promise<void> };

/** The one portal whose incoming webhook this is. */
export function createWebhookHub(options: WebhookHubOptions): RunningHub {
  const { base, domain } = options;
  const rest = options.connect(base);
  const desk = createEventDesk(options.keeper, { onUnwanted: options.onUnwanted });
  const trust = createWebhookTrust({ ...options, domain: () => domain });
  const closing = new AbortController();
  let memberId: string | undefined;
  const portal: Portal = {
    rest,
    origin: base.origin,
    domain,
    get memberId() {
      return memberId;
    },
  };

  /** Fetched events and posted ones are of the same portal, also when the first that was posted reached another process. */
  async function learnMember(): Promise<void> {
    while (memberId === undefined && !closing.signal.aborted) {
      const known = await options.members.load().catch(() => undefined);
      memberId ??= known;
      if (memberId === undefined) await systemClock.sleep(askAgainMs, closing.signal);
    }
  }
  learnMember().catch(() => undefined);

  const find: PortalHub['find'] = (owner) =>
    owner.memberId === memberId || sameHost(owner.domain, domain) ? portal : undefined;
  return {
    kind: 'webhook',
    path: options.path,
    store: options.store,
    fileHttp: options.fileHttp,
    portals: () => [portal],
    find,
    onPortal(meet) {
      meet(portal, false);
      return () => undefined;
    },
    subscribe: (subscription) => desk.subscribe(subscription),
    deliver: (event, tokens) => desk.deliver(event, tokens),
    readerOf: (event) => (find(event.portal) ? desk.readerOf(event) : undefined),
    backlog: (reader) => options.keeper.backlog(reader),
    gate: {
      async accepts(envelope) {
        const accepted = await trust.accepts(envelope);
        if (accepted && memberId !== envelope.memberId) {
          memberId = envelope.memberId;
          // Not kept now, it is learned again from the next event.
          await options.members.save(memberId).catch(() => undefined);
        }
        return accepted;
      },
      deliver: (event, tokens) => desk.deliver(event, tokens),
      wants: (event) => desk.wants(event),
      onUnwanted: options.onUnwanted,
      onShared: options.onShared,
      onRefused(envelope) {
        if (sameHost(envelope.domain, domain)) options.onRefused();
      },
    },
    close() {
      closing.abort();
      return rest.finish(FAREWELL_MS);
    },
  };
}

import type { HttpClient } from '../../core/http';
import type { BitrixEvent } from '../events/event';
import type { EventTokens, Subscription } from '../events/event-desk';
import type { Backlog, Reader } from '../events/reader';
import type { ServedBot } from '../page/served-bot';
import type { PortalRest } from '../rest/portal';
import type { StoreSource } from '../../store/store';

/** One Bitrix24 portal that can be talked to. */
export interface Portal {
  readonly rest: PortalRest;
  /** Where the portal is now; it may move. */
  readonly origin: string;
  readonly domain: string;
  /** The portal's permanent id. One reached by a webhook tells it with its first event. */
  readonly memberId: string | undefined;
}

/** What a portal node stands for: one portal by webhook, or every portal that installed the app. */
export interface PortalHub {
  readonly kind: 'webhook' | 'app';
  /** The last part of the address that events are posted to. */
  readonly path: string;
  /** Where what belongs to its dialogs is kept. */
  readonly store: StoreSource;
  /** For downloads from the portal at this origin. */
  readonly fileHttp: (origin: string) => HttpClient;
  portals: () => readonly Portal[];
  /** The portal that an event came from; by id, or by domain while the id is not known. */
  find(owner: { memberId: string; domain: string }): Portal | undefined;
  /**
   * Calls back for each portal there is, and for each that comes later. `isNew`: the app was installed or updated
   * just now, and whatever addresses the portal had for it are forgotten.
   */
  onPortal: (meet: (portal: Portal, isNew: boolean) => void) => () => void;
  subscribe: (subscription: Subscription) => () => void;
  /** For events that were fetched. Resolves when the event is safe, or nobody wants it. */
  deliver: (event: BitrixEvent, tokens: EventTokens) => Promise<void>;
  /** Who starts flows with this event, if it is of this portal and somebody does. */
  readerOf: (event: BitrixEvent) => Reader | undefined;
  backlog: (reader: Reader) => Promise<Backlog | undefined>;
  /** Of an app alone: where an administrator goes when the installation never arrived. */
  authorisationLink?: (domain: string) => Promise<string>;
}

export interface BotOfHub {
  readonly hub: PortalHub;
  readonly code: string;
  readonly apiVersion: 'v1' | 'v2';
  /** Proves to a portal reached by a webhook that the bot is ours; v1 calls it CLIENT_ID. An app needs none. */
  readonly botToken: string | undefined;
  /** Where this Node-RED is reached from outside, without a slash behind; empty when nobody said so. */
  readonly publicUrl: string;
  /** Its id on that portal, once it is known. */
  idOn: (portal: Portal) => number | undefined;
  /** For the page that an app shows inside the portal. */
  readonly served?: ServedBot | undefined;
}

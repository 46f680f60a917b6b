import type { Portal } from '../../../lib/bitrix24/hub/hub';
import type { HandOut, SyncSource } from '../../../lib/sync/source';
import type { Behaviour } from '../define-node';
import type { OutgoingMessage } from '../shell';
import type { FailureOf } from './row-flow';

/** What a node that works a history off has of its own; all else is the same for every one of them. */
export interface SyncJob<T> {
  /** The node's type. */
  readonly type: string;
  /**
   * Of a second history of the same things, the name of its cursor behind that of the first. It is shown and told of
   * only while there is something to tell, as most portals have nothing there.
   */
  readonly aside?: string | undefined;
  /** What is read, for example `calls`: in the cursor's name and in the topic of its messages. */
  readonly kind: string;
  /** How long a late row is waited for. */
  readonly lateHours: number;
  /** The pauses between looks at a late row, where the usual ones do not fit. */
  readonly latePausesMs?: readonly number[] | undefined;
  /** Where the usual meaning of an error's code does not fit. */
  readonly failureOf?: FailureOf | undefined;
  /**
   * Called for each portal of the node, and again when the portal has come back with a new authorisation. `place`: what
   * the portal is called in the cursor's name; unlike the id of a portal reached by a webhook, it never changes.
   */
  open(portal: Portal, place: string): PortalJob<T>;
}

export interface PortalJob<T> {
  readonly source: SyncSource<T>;
  /** What the flow gets for a row. May reject: the row is tried again, unless the error says that this is no use. */
  message(item: T, visit: HandOut): Promise<RowMessage>;
}

export type RowMessage =
  | { readonly how: 'send'; readonly message: OutgoingMessage }
  /** Only the look at the thing itself has shown that nothing of it is wanted. The reason is counted and told. */
  | { readonly how: 'unwanted'; readonly reason: string }
  /** Something is still to come. */
  | { readonly how: 'late' };

export interface SyncNode extends Behaviour {
  /** News of a portal: a run of its cursor after this time. Without an owner, of all portals of the node. */
  soon(delayMs: number, owner?: { readonly memberId: string; readonly domain: string }): void;
}

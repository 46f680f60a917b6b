import type { StoreStats } from '../../../lib/store/store';
import type { CursorView } from '../../../lib/sync/cursor-view';
import type { FailedRow } from '../../../lib/sync/types';
import type { StatusWord } from '../status';

/**
 * What the parts of the pack tell about themselves: plain JSON for the panel. `id` is a node's id, so that a click
 * leads there. Texts may come from anywhere; they pass the redactor on their way out.
 */
export interface PartViews {
  portal: PortalView;
  bot: BotView;
  reader: ReaderView;
  store: StoreView;
  poller: PollerView;
  uploads: UploadsView;
  cursor: CursorPart;
}
export type PartKind = keyof PartViews;

/** Something that went wrong. With `params` the panel shows the sentence of its code in the person's language. */
export interface Trouble {
  code: string;
  message: string;
  params?: Readonly<Record<string, string | number>> | undefined;
}

export interface PortalView {
  id: string;
  name: string;
  authType: 'webhook' | 'app';
  domains: readonly string[];
  state: StatusWord;
  lastEventAt?: number | undefined;
  /** Events whose sender could not prove who it is. */
  refused: number;
  lastError?: Trouble | undefined;
}

export interface BotView {
  id: string;
  name: string;
  code: string;
  mode: 'webhook' | 'fetch';
  portals: readonly BotPlace[];
  poller?: PollerProgress | undefined;
}

export interface BotPlace {
  domain: string;
  botId?: number | undefined;
  state: StatusWord;
  lastError?: Trouble | undefined;
}

export interface PollerProgress {
  /** `elsewhere`: another process that shares the store fetches. */
  state: 'waiting' | 'elsewhere' | 'ok' | 'failing';
  taken: number;
  /** In a row. */
  failures: number;
  lastError?: Trouble | undefined;
}

export interface PollerView extends PollerProgress {
  id: string;
  name: string;
  domain?: string | undefined;
}

/** A bitrix-in node and what waits for it. */
export interface ReaderView {
  id: string;
  name: string;
  waiting: number;
  running: number;
  /** Age of the oldest event that is not finished. */
  oldestMs: number | undefined;
  /** Why it takes no events, or may not take them. */
  trouble?: Trouble | undefined;
  /** What waits is the same for all processes; what is running is of this one. */
  isShared?: boolean | undefined;
}

export interface StoreView {
  /** Empty for the store of the nodes that have not chosen one. */
  id: string;
  name?: string | undefined;
  folder: string;
  state: 'opening' | 'ready' | 'unavailable' | 'closed';
  reason?: Trouble | undefined;
  stats?: StoreStats | undefined;
  /** What was found when the store was opened. */
  report: readonly Trouble[];
  deadLetters: number;
  /** Dialogs whose events no node takes at present. */
  parked: number;
  /** Events that wait in files of this process until the store is back. */
  local?: number | undefined;
  /** Several processes can have it open. */
  isShared?: boolean | undefined;
  lastErrors: readonly Trouble[];
}

/** A dead letter without what the person wrote: a panel is looked at by more people than a chat. */
export interface LetterView {
  queue: string;
  id: string;
  reason: string;
  attempts: number;
  buriedAt: number;
  what: LetterSubject;
}

export interface LetterSubject {
  /** Of the event; empty when it cannot be read. */
  kind: string;
  bot: string;
  dialog: string;
}

export interface Letters {
  list(limit: number): Promise<readonly LetterView[]>;
  replay(queue: string, id: string): Promise<boolean>;
  discard(queue: string, id: string): Promise<boolean>;
  /** What the person wrote; undefined when there is no such letter. */
  text(queue: string, id: string): Promise<string | undefined>;
}

/** Uploads to SpeechSense whose outcome nobody knows: a person looks there, and says what is to become of them. */
export interface UploadsView {
  /** Of the connection node. */
  id: string;
  name: string;
  connectionId: string;
  /** By which the list is found again. */
  list: string;
  /** The latest first. */
  held: readonly { key: string; since: number }[];
  /** Of all that are held; not all are listed. */
  count: number;
  /** Of all of them. */
  oldestSince?: number | undefined;
  /** Where this is kept; empty for the store of the nodes that have chosen none. */
  storeId?: string | undefined;
}

/** False: nothing is held under this key any more. */
export type SettleUpload = (key: string, how: 'again' | 'forget') => Promise<boolean>;

/** How far a node has worked off the history of a portal. */
export interface CursorPart extends CursorView {
  id: string;
  name: string;
  nodeType: string;
  /** By which the cursor is found again. */
  key: string;
  failedRows: readonly FailedRow[];
  /** How many failed rows are not listed. */
  failedMore: number;
  /** Its place lies in a store that several processes can have open: all of them tell the same of it. */
  isShared?: boolean | undefined;
}

export const cursorActions = ['start', 'stop', 'reset', 'retry', 'drop', 'late'] as const;
export type CursorAction = (typeof cursorActions)[number];

/** `ids`: of failed rows; all of them when left out. */
export type ActOnCursor = (action: CursorAction, ids?: readonly number[]) => Promise<void>;

/** A part that did not tell: it threw, or it took too long. */
export interface SilentPart {
  kind: PartKind;
  id: string;
  name: string;
  trouble: Trouble;
}

export interface PackError extends Trouble {
  nodeId: string;
  nodeType: string;
  nodeName?: string;
  at: number;
  /** The node could not be made as it is set up, and does nothing until somebody has mended that. */
  isAtStart?: boolean;
}

export interface NotedError extends PackError {
  /** How often this node has met it; it takes one place in the list. */
  times: number;
  /** Since then the node has done its work, or is gone. */
  mendedAt?: number;
  /** The node was deployed anew since: whether it is over, its next message shows. */
  isBeforeDeploy?: boolean;
}

export interface StoreWithLetters extends StoreView {
  letters: readonly LetterView[];
}

export interface Snapshot {
  at: number;
  portals: readonly PortalView[];
  bots: readonly BotView[];
  readers: readonly ReaderView[];
  pollers: readonly PollerView[];
  stores: readonly StoreWithLetters[];
  uploads: readonly UploadsView[];
  cursors: readonly CursorPart[];
  silent: readonly SilentPart[];
  /** The latest first. */
  errors: readonly NotedError[];
}

import type { CrmItem } from './crm/items';
import type { SessionRecord } from './history/session-record';
import type { AppCard, AppGrants } from './oauth';

export type Generation = 'v1' | 'v2';
export type BotType = 'bot' | 'openline' | 'supervisor' | 'personal' | 'human';

/** Whose bot it is: an app's, or that of whoever knows the token (v2 botToken, v1 CLIENT_ID). */
export type BotOwner = { kind: 'app'; clientId: string } | { kind: 'token'; token: string };

export interface User {
  id: number;
  name: string;
  firstName: string;
  lastName: string;
  workPosition: string;
  gender: 'M' | 'F';
  email: string;
  active: boolean;
  isBot: boolean;
  isConnector: boolean;
  isExtranet: boolean;
  isNetwork: boolean;
  externalAuthId: string;
  departments: readonly number[];
  /** Somebody of a partner, whom lists of users leave out. */
  isIntegrator: boolean;
  /** Of the portal; left out: only whoever installed the app is. */
  isAdmin?: boolean;
}

export interface QueuedEvent {
  eventId: number;
  type: string;
  date: string;
  data: unknown;
}

export interface Bot {
  id: number;
  code: string;
  api: Generation;
  type: BotType;
  supportsOpenChannels: boolean;
  owner: BotOwner;
  eventMode: 'webhook' | 'fetch';
  /** v2 only, normally one; v1 bots share the handlers of their owner. */
  handlerUrls: string[];
  isHidden: boolean;
  isReactionsEnabled: boolean;
  backgroundId: string | null;
  color: string;
  queue: QueuedEvent[];
  /** Events below this id were confirmed by the bot's consumer. */
  confirmedBelow: number;
  /** What stands below has been given out, confirmed or not. */
  fetchedBelow: number;
}

export interface Command {
  id: number;
  botId: number;
  name: string;
  title: Readonly<Record<string, string>>;
  params: Readonly<Record<string, string>>;
  common: boolean;
  hidden: boolean;
  extranet: boolean;
}

export interface CrmBinding {
  stored: boolean;
  type: string;
  id: number;
  lead: number;
  company: number;
  contact: number;
  deal: number;
}

export interface OpenLineSession {
  id: number;
  startedAt: number;
  /** Who answers: the bot, the queue (nobody yet), or the user with this id. */
  operator: 'bot' | 'queue' | number;
}

export interface OpenLine {
  connector: string;
  lineId: number;
  externalChatId: string;
  clientId: number;
  session: OpenLineSession | undefined;
  crm: CrmBinding;
  /** Whether the portal notes the sessions as activities of the client. */
  tracked: boolean;
  silent: boolean;
}

export interface Chat {
  id: number;
  kind: 'private' | 'group' | 'lines';
  title: string;
  description: string;
  ownerId: number;
  members: Set<number>;
  managers: Set<number>;
  /** The two sides of a private dialog. */
  pair: { botId: number; userId: number } | undefined;
  openLine: OpenLine | undefined;
  textFieldEnabled: boolean;
  /** "typing…" marks that are still shown. */
  typing: { botId: number; code: string | undefined; seconds: number; at: number }[];
}

export interface StoredFile {
  id: number;
  chatId: number;
  authorId: number;
  name: string;
  bytes: Buffer;
  contentType: string;
  at: number;
  /** Users besides the chat's members who may read it by `disk.file.get`. */
  readableByAll: boolean;
  /** What the file server says of it beside its media type. */
  tells: readonly ('name' | 'length')[];
}

export interface Message {
  id: number;
  chatId: number;
  /** 0 for a system message. */
  authorId: number;
  /** The bot whose call made it, also when it is a system message. */
  sentByBot: number | undefined;
  at: number;
  text: string;
  system: boolean;
  fileIds: number[];
  keyboard: unknown;
  attach: unknown;
  menu: unknown;
  replyId: number | undefined;
  skipConnector: boolean;
  silentConnector: boolean;
  urlPreview: boolean;
  edited: boolean;
  deleted: boolean;
  reactions: Map<string, Set<number>>;
}

export interface Line {
  id: number;
  name: string;
  active: boolean;
  operators: number[];
  /** The next place in the queue. */
  turn: number;
  welcomeText: string;
  /** `any`: whichever bots support open channels, for tests that do not care. */
  welcomeBot: 'any' | 'none' | number;
  botJoin: 'first' | 'always';
  botLeft: 'queue' | 'close';
}

export interface WebhookCard {
  userId: number;
  secret: string;
  scopes: readonly string[];
  admin: boolean;
}

export interface AppOnPortal extends AppCard {
  userId: number;
  installUrl: string | undefined;
}

export interface PortalState {
  memberId: string;
  domain: string;
  origin: string;
  serverEndpoint: string;
  language: string;
  plan: 'standard' | 'enterprise';
  now: () => number;
  webhook: WebhookCard;
  app: AppOnPortal | undefined;
  grants: AppGrants;
  /** Whether a v2 method takes a v1 bot's CLIENT_ID for its botToken; the documentation leaves it open. */
  v2MethodsForV1Bots: boolean;
  /** `left`: a batch hands `$result[...]` on as it is written. */
  batchReferences: 'resolved' | 'left';
  users: Map<number, User>;
  bots: Map<number, Bot>;
  commands: Map<number, Command>;
  chats: Map<number, Chat>;
  messages: Map<number, Message>;
  files: Map<number, StoredFile>;
  sessions: Map<number, SessionRecord>;
  crmItems: Map<string, CrmItem | 'removed'>;
  lines: Map<number, Line>;
  /** v1 handlers, by owner, then by event. */
  v1Handlers: Map<string, Map<string, string>>;
  /** Generic events of `event.bind`. */
  bindings: { event: string; handler: string; userId: number }[];
  nextId: (kind: IdKind) => number;
}

export type IdKind = 'user' | 'chat' | 'message' | 'file' | 'command' | 'session' | 'event' | 'activity';

/**
 * Small user ids on purpose: as keys of a map they look like places in a list to a careless form decoder,
 * which is the trap a young portal sets.
 */
const firstIds: Readonly<Record<IdKind, number>> = {
  user: 55,
  chat: 112,
  message: 90_211,
  file: 481,
  command: 103,
  session: 17,
  event: 1001,
  activity: 40_101,
};

export function createIds(): (kind: IdKind) => number {
  const next = new Map<IdKind, number>();
  return (kind) => {
    const id = next.get(kind) ?? firstIds[kind];
    next.set(kind, id + 1);
    return id;
  };
}

export function ownerKey(owner: BotOwner): string {
  return owner.kind === 'app' ? `app:${owner.clientId}` : `token:${owner.token}`;
}

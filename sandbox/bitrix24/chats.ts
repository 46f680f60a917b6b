import type { SessionRecord } from './history/session-record';
import { ensureItem } from './crm/client-items';
import { crmTypeNamed } from './crm/items';
import { addClient, type UserInit } from './people';
import type { Bot, Chat, CrmBinding, Line, OpenLine, PortalState } from './state';
import { unixSeconds } from './stamp';

export interface OpenChannelInit {
  client?: UserInit;
  connector?: string;
  lineId?: number;
  externalChatId?: string;
  title?: string;
  crm?: Partial<CrmBinding>;
  /** Whether CRM activities are made of its sessions. Default: yes, on an invented contact where there is no binding. */
  tracked?: boolean;
  /** The bots that take part; default: those that the line has. */
  bots?: readonly Bot[];
  /** `none`: the first message opens the session, and the bots join then. */
  session?: 'open' | 'none';
}

function newChat(state: PortalState, kind: Chat['kind'], title: string): Chat {
  const chat: Chat = {
    id: state.nextId('chat'),
    kind,
    title,
    description: '',
    ownerId: 0,
    members: new Set(),
    managers: new Set(),
    pair: undefined,
    openLine: undefined,
    textFieldEnabled: true,
    typing: [],
  };
  state.chats.set(chat.id, chat);
  return chat;
}

export function addOpenChannel(state: PortalState, init: OpenChannelInit = {}): Chat {
  const lineId = init.lineId ?? 3;
  const line = state.lines.get(lineId);
  if (!line) throw new Error(`the portal has no open channel ${lineId}`);
  const client = addClient(state, init.client);
  const chat = newChat(state, 'lines', init.title ?? `${client.name} – ${line.name}`);
  const crm = { stored: false, type: 'NONE', id: 0, lead: 0, company: 0, contact: 0, deal: 0, ...init.crm };
  const externalChatId = init.externalChatId ?? String(700_000_000 + chat.id);
  const connector = init.connector ?? 'telegrambot';
  chat.openLine = {
    connector,
    lineId,
    externalChatId,
    clientId: client.id,
    session: undefined,
    crm,
    tracked: init.tracked ?? true,
    silent: false,
  };
  chat.members.add(client.id);
  if (init.session !== 'none') openSession(state, chat, init.bots ?? botsOfLine(state, line));
  return chat;
}

/** The bots that meet the clients of a line. */
export function botsOfLine(state: PortalState, { welcomeBot }: Line): Bot[] {
  return [...state.bots.values()].filter(
    ({ id, supportsOpenChannels }) => supportsOpenChannels && (welcomeBot === 'any' || welcomeBot === id),
  );
}

/** Without a bot the dialog goes to the queue at once. */
export function openSession(
  state: PortalState,
  chat: Chat,
  bots: readonly Bot[],
  startedAt = state.now(),
): SessionRecord {
  const openLine = openLineOf(chat);
  const operator = bots.length > 0 ? 'bot' : 'queue';
  const id = state.nextId('session');
  openLine.session = { id, startedAt, operator };
  for (const bot of bots) chat.members.add(bot.id);
  const record: SessionRecord = {
    id,
    chatId: chat.id,
    lineId: openLine.lineId,
    activityId: state.nextId('activity'),
    hasActivity: openLine.tracked,
    owner: sessionOwner(state, openLine),
    startedAt,
    finishedAt: undefined,
    updatedAt: startedAt,
    operatorIds: [],
    messageIds: [],
  };
  state.sessions.set(id, record);
  return record;
}

/** Above the ids of clients that calls speak of. */
const contactsOfChats = 5000;

function sessionOwner(state: PortalState, { crm, clientId }: OpenLine): SessionRecord['owner'] {
  const type = crmTypeNamed(crm.type);
  const owner = type ? { type, id: crm.id } : { type: 'CONTACT' as const, id: contactsOfChats + clientId };
  const { firstName = '', lastName = '' } = state.users.get(clientId) ?? {};
  ensureItem(state, owner.type, owner.id, { name: firstName, lastName });
  return owner;
}

export function openLineOf(chat: Chat): OpenLine {
  if (!chat.openLine) throw new Error(`chat ${chat.id} is no open-channel chat`);
  return chat.openLine;
}

export function lineOf(state: PortalState, chat: Chat): Line {
  const line = state.lines.get(openLineOf(chat).lineId);
  if (!line) throw new Error(`the open channel of chat ${chat.id} is gone`);
  return line;
}

export function addGroupChat(
  state: PortalState,
  init: { title?: string; userIds: readonly number[]; bots: readonly Bot[]; ownerId?: number },
): Chat {
  const chat = newChat(state, 'group', init.title ?? 'Group chat');
  chat.ownerId = init.ownerId ?? init.userIds[0] ?? init.bots[0]?.id ?? 0;
  for (const id of [...init.userIds, ...init.bots.map((bot) => bot.id)]) chat.members.add(id);
  if (chat.ownerId > 0) chat.managers.add(chat.ownerId);
  return chat;
}

/** One private chat per pair: a second call gives the first one. */
export function privateChatOf(state: PortalState, botId: number, userId: number): Chat {
  for (const chat of state.chats.values()) {
    if (chat.pair?.botId === botId && chat.pair.userId === userId) return chat;
  }
  const chat = newChat(state, 'private', state.users.get(userId)?.name ?? 'Private dialog');
  chat.pair = { botId, userId };
  chat.members.add(botId).add(userId);
  return chat;
}

/** A private dialog is named by the counterpart's user id, as the bot sees it. */
export function dialogIdOf(chat: Chat): string {
  return chat.pair ? String(chat.pair.userId) : `chat${chat.id}`;
}

/** `chat112`, or the id of a person whom the bot may write to. Anything else names no chat. */
export function chatByDialogId(state: PortalState, bot: Bot, dialogId: string): Chat | undefined {
  const chatId = /^chat(\d+)$/.exec(dialogId)?.[1];
  if (chatId !== undefined) return state.chats.get(Number(chatId));
  if (!/^\d+$/.test(dialogId)) return undefined;
  const user = state.users.get(Number(dialogId));
  if (!user || user.isBot || user.isConnector || !user.active) return undefined;
  return privateChatOf(state, bot.id, user.id);
}

export function entityId(openLine: OpenLine): string {
  return [openLine.connector, openLine.lineId, openLine.externalChatId, openLine.clientId].join('|');
}

/** The person who took the dialog; 0 while a bot or nobody has it. Elsewhere the chat's owner. */
export function ownerOf(chat: Chat): number {
  if (!chat.openLine) return chat.ownerId;
  const operator = chat.openLine.session?.operator;
  return typeof operator === 'number' ? operator : 0;
}

/** The session id becomes 0 when the session is closed. */
export function entityData1(openLine: OpenLine): string {
  const { crm, session } = openLine;
  const crmPart = [crm.stored ? 'Y' : 'N', crm.type, crm.id];
  const sessionPart = [session?.id ?? 0, session ? unixSeconds(session.startedAt) : 0];
  return [...crmPart, 'N', 'N', ...sessionPart, 0, 0, 0].join('|');
}

export function entityData2({ crm }: OpenLine): string {
  return `LEAD|${crm.lead}|COMPANY|${crm.company}|CONTACT|${crm.contact}|DEAL|${crm.deal}`;
}

export function entityData3(openLine: OpenLine): string {
  return openLine.silent ? 'Y' : '';
}

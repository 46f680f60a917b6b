import { digestOf } from './plain-json';
import { isPressed } from './spoken-text';

/** One happening on a portal, the same whichever API generation and whichever way brought it. Plain JSON. */
export interface BitrixEvent {
  kind: EventKind;
  /** The name as it came. */
  event: string;
  api: 'v1' | 'v2';
  via: 'webhook' | 'fetch';
  eventId: string;
  redelivered: boolean;
  /** Which hand-out of this event it is, from 1. */
  attempt?: number;
  receivedAt: string;
  portal: { memberId: string; domain: string; clientEndpoint: string; scope: string };
  bot: { id: number | null; code: string };
  dialogId: string;
  chatId: number | null;
  messageId: number | null;
  text: string;
  language: string;
  user: EventUser;
  chat: EventChat;
  command?: { id: number | null; name: string; params: string; context: string };
  openline?: OpenLine;
  files: EventFile[];
  /** Several quick messages of one person that were joined; `text` has the texts of all. */
  batch?: BatchedMessage[];
  /** Only of a reaction. */
  reaction?: { name: string; action: 'add' | 'delete' };
  /** Only of a context: what a link into the chat carried. Anybody can make such a link, so it proves nothing. */
  context?: unknown;
  /** The portal itself speaks, in nobody's name. */
  system?: true;
}

export const eventKinds = [
  'message',
  'command',
  'join',
  'edit',
  'delete',
  'reaction',
  'context',
  'install',
  'update',
  'uninstall',
  'bot-removed',
  'other',
] as const;

export type EventKind = (typeof eventKinds)[number];

export interface EventUser {
  id: number | null;
  name: string;
  firstName: string;
  lastName: string;
  isBot: boolean;
  isConnector: boolean;
  isExtranet: boolean;
  isNetwork: boolean;
}

export interface EventChat {
  title: string;
  type: string;
  /** In an Open Channel: 0 or the bot while no person has taken the dialog. */
  ownerId: number | null;
  entityType: string;
  entityId: string;
  entityData1: string;
  entityData2: string;
  entityData3: string;
}

export interface OpenLine {
  connector: string;
  lineId: number | null;
  externalChatId: string;
  externalUserId: number | null;
  sessionId: number | null;
  crm: { lead?: number; deal?: number; contact?: number; company?: number };
}

export interface BatchedMessage {
  message: string;
  message_id: number | null;
  author_id: number | null;
}

export interface EventFile {
  id: number;
  name?: string;
  type?: string;
  size?: number;
  extension?: string;
}

/** What every normaliser needs beside the body. */
export interface Arrival {
  via: 'webhook' | 'fetch';
  receivedAt: string;
  portal: BitrixEvent['portal'];
  /** Tells two presses of one button apart: the time of sending, or the number in the queue. */
  sentAs?: string | undefined;
}

const kinds: Readonly<Record<string, EventKind>> = {
  ONIMBOTMESSAGEADD: 'message',
  ONIMBOTV2MESSAGEADD: 'message',
  ONIMCOMMANDADD: 'command',
  ONIMBOTV2COMMANDADD: 'command',
  ONIMBOTJOINCHAT: 'join',
  ONIMBOTV2JOINCHAT: 'join',
  ONIMBOTMESSAGEUPDATE: 'edit',
  ONIMBOTV2MESSAGEUPDATE: 'edit',
  ONIMBOTMESSAGEDELETE: 'delete',
  ONIMBOTV2MESSAGEDELETE: 'delete',
  ONIMBOTV2REACTIONCHANGE: 'reaction',
  ONIMBOTCONTEXTGET: 'context',
  ONIMBOTV2CONTEXTGET: 'context',
  ONIMBOTDELETE: 'bot-removed',
  ONIMBOTV2DELETE: 'bot-removed',
  ONAPPINSTALL: 'install',
  ONAPPUPDATE: 'update',
  ONAPPUNINSTALL: 'uninstall',
};

export function kindOf(eventName: string): EventKind {
  return Object.hasOwn(kinds, eventName) ? (kinds[eventName] ?? 'other') : 'other';
}

/** The same happening has the same id however often it comes. */
export function eventIdOf(event: Omit<BitrixEvent, 'eventId'>, content: unknown, sentAs = ''): string {
  const { portal, bot, kind, messageId, command, dialogId } = event;
  const parts = [
    portal.memberId,
    bot.id ?? bot.code,
    kind,
    messageId ?? dialogId,
    command?.id ?? command?.name ?? '',
  ];
  const detail = detailOf(event, content, sentAs);
  return [...parts, ...(detail === '' ? [] : [detail])].join(':');
}

/** What tells apart happenings that concern the same message or the same dialog. */
function detailOf(event: Omit<BitrixEvent, 'eventId'>, content: unknown, sentAs: string): string {
  const { kind, text, files, user, reaction, context, command, openline } = event;
  switch (kind) {
    case 'edit':
      return digestOf([text, files.map(({ id }) => id)]);
    case 'join':
      // The next session of an Open Channel has the same chat.
      return String(openline?.sessionId ?? '');
    case 'reaction':
      return digestOf([user.id, reaction?.name, reaction?.action, sentAs]);
    case 'context':
      return digestOf([user.id, context, sentAs]);
    case 'command':
      return command && isPressed(command) ? digestOf([user.id, command.params, sentAs]) : '';
    case 'install':
    case 'update':
    case 'uninstall':
    case 'other':
      return digestOf([event.event, content, sentAs]);
    case 'message':
    case 'delete':
    case 'bot-removed':
      return '';
  }
}

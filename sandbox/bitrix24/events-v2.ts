import { dialogIdOf, entityData1, entityData2, entityData3, entityId, ownerOf } from './chats';
import { botAuth } from './event-auth';
import type { Happening } from './happenings';
import { isMap } from '../shared/params';
import { isoStamp } from './stamp';
import type { Bot, Chat, Command, Message, PortalState, User } from './state';

type Json = null | boolean | number | string | readonly Json[] | JsonMap;
export interface JsonMap {
  readonly [key: string]: Json;
}

/** The `data` of a v2 event in JSON types: as fetch mode gives it, and what the form of webhook mode is made of. */
export function v2EventBody(state: PortalState, bot: Bot, happening: Happening): JsonMap {
  const botField = bot.eventMode === 'fetch' ? botEntity(state, bot) : webhookBot(state, bot);
  if (happening.kind === 'bot-removed') return { bot: botField };
  const common = {
    chat: chatEntity(happening.chat),
    ...(happening.user ? { user: userEntity(happening.user) } : {}),
    language: state.language,
  };
  return { bot: botField, ...specificPart(happening), ...common };
}

function specificPart(happening: Exclude<Happening, { kind: 'bot-removed' }>): JsonMap {
  switch (happening.kind) {
    case 'message':
    case 'edit':
      return { message: messageEntity(happening.message) };
    case 'delete':
      return { messageId: happening.message.id };
    case 'join':
      return { dialogId: dialogIdOf(happening.chat) };
    case 'context':
      return { dialogId: dialogIdOf(happening.chat), context: asJson(happening.context) };
    case 'reaction':
      return {
        reaction: happening.reaction,
        action: happening.action,
        message: messageEntity(happening.message),
      };
    case 'command': {
      const { command, params, context } = happening.call;
      return {
        command: { id: command.id, command: `/${command.name}`, params, context },
        message: messageEntity(happening.message),
      };
    }
  }
}

function asJson(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (Array.isArray(value)) return value.map(asJson);
  if (!isMap(value)) return null;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asJson(inner)]));
}

function webhookBot(state: PortalState, bot: Bot): JsonMap {
  return { id: bot.id, code: bot.code, auth: asJson(botAuth(state, bot)) };
}

export function botEntity(state: PortalState, bot: Bot): JsonMap {
  const commandCount = [...state.commands.values()].filter((command) => command.botId === bot.id).length;
  const chats = [...state.chats.values()].filter((chat) => chat.members.has(bot.id));
  return {
    id: bot.id,
    code: bot.code,
    type: bot.type === 'human' ? 'bot' : bot.type,
    isHidden: bot.isHidden,
    isSupportOpenline: bot.supportsOpenChannels,
    isReactionsEnabled: bot.isReactionsEnabled,
    backgroundId: bot.backgroundId,
    language: state.language,
    moduleId: 'rest',
    eventMode: bot.eventMode,
    countMessage: 0,
    countCommand: commandCount,
    countChat: chats.length,
    countUser: 0,
  };
}

export function messageEntity(message: Message): JsonMap {
  return {
    id: message.id,
    chatId: message.chatId,
    authorId: message.authorId,
    date: isoStamp(message.at),
    text: message.text,
    isSystem: message.system,
    uuid: null,
    forward: null,
    params: messageParams(message),
    viewedByOthers: false,
  };
}

/** How files and quotes show up is field evidence: the documentation does not say. */
function messageParams(message: Message): JsonMap {
  return {
    ...(message.fileIds.length > 0 ? { FILE_ID: message.fileIds } : {}),
    ...(message.replyId !== undefined ? { REPLY_ID: message.replyId } : {}),
    ...(message.keyboard !== undefined ? { KEYBOARD: asJson(message.keyboard) } : {}),
    ...(message.attach !== undefined ? { ATTACH: asJson(message.attach) } : {}),
  };
}

const chatTypes = {
  private: { type: 'private', messageType: 'P' },
  group: { type: 'chat', messageType: 'C' },
  lines: { type: 'lines', messageType: 'L' },
} as const;

export function chatEntity(chat: Chat): JsonMap {
  const openLine = chat.openLine;
  return {
    id: chat.id,
    dialogId: dialogIdOf(chat),
    ...chatTypes[chat.kind],
    name: chat.title,
    owner: ownerOf(chat),
    color: '#4ba984',
    avatar: '',
    description: chat.description,
    extranet: openLine !== undefined,
    containsCollaber: false,
    entityType: openLine ? 'LINES' : '',
    entityId: openLine ? entityId(openLine) : '',
    entityData1: openLine ? entityData1(openLine) : '',
    entityData2: openLine ? entityData2(openLine) : '',
    entityData3: openLine ? entityData3(openLine) : '',
    entityLink: { type: openLine ? 'LINES' : '', url: '' },
    diskFolderId: null,
    permissions: { manageUsersAdd: 'member', manageUsersDelete: 'manager' },
    parentChatId: 0,
    parentMessageId: 0,
    isNew: false,
    textFieldEnabled: chat.textFieldEnabled,
    backgroundId: null,
  };
}

export function userEntity(user: User): JsonMap {
  return {
    id: user.id,
    active: user.active,
    name: user.name,
    firstName: user.firstName,
    lastName: user.lastName,
    workPosition: user.workPosition,
    color: '#df532d',
    avatar: '',
    gender: user.gender,
    birthday: '',
    extranet: user.isExtranet,
    bot: user.isBot,
    connector: user.isConnector,
    externalAuthId: user.externalAuthId,
    status: 'online',
    idle: false,
    lastActivityDate: false,
    mobileLastDate: false,
    desktopLastDate: false,
    absent: false,
    departments: [],
    phones: false,
    website: '',
    email: user.email,
    type: userType(user),
  };
}

function userType(user: User): string {
  if (user.isBot) return 'bot';
  return user.isExtranet ? 'extranet' : 'employee';
}

export function commandEntity(command: Command, language?: string): JsonMap {
  const shared = { id: command.id, botId: command.botId, command: `/${command.name}` };
  const flags = { common: command.common, hidden: command.hidden, extranetSupport: command.extranet };
  if (language === undefined) return { ...shared, ...flags };
  const inLanguage = (texts: Readonly<Record<string, string>>): string =>
    texts[language] ?? Object.values(texts)[0] ?? '';
  const texts = { title: inLanguage(command.title), params: inLanguage(command.params) };
  return { ...shared, ...texts, ...flags, category: null, context: null };
}

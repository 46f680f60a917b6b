import { dialogIdOf, entityData1, entityData2, entityData3, entityId, ownerOf } from './chats';
import { botAuth } from './event-auth';
import { mentions, type Happening } from './happenings';
import { fileCardV1 } from './file-cards';
import type { PhpMap } from './php-query';
import type { Bot, Chat, Message, PortalState, User } from './state';

type ChatHappening = Exclude<Happening, { kind: 'bot-removed' }>;

/** The `data` of a v1 event. Several bots of one owner can be in it. */
export function v1EventBody(
  state: PortalState,
  bots: readonly [Bot, ...Bot[]],
  happening: Happening,
): PhpMap {
  const [first] = bots;
  if (happening.kind === 'bot-removed') return { BOT_ID: first.id, BOT_CODE: first.code };
  if (happening.kind === 'command') return commandBody(state, first, happening);
  return {
    BOT: Object.fromEntries(bots.map((bot) => [bot.id, botBlock(state, bot)])),
    PARAMS: v1Params(state, first, happening),
    USER: happening.user ? userBlock(happening.user, happening.kind === 'message') : {},
  };
}

/** Bots made through a webhook come without tokens, and then without the nested AUTH as well. */
function botBlock(state: PortalState, bot: Bot): PhpMap {
  const identity = { BOT_ID: bot.id, BOT_CODE: bot.code };
  const tokens = botAuth(state, bot);
  if (bot.owner.kind === 'app') {
    return { ...tokens, client_id: bot.owner.clientId, AUTH: tokens, ...identity };
  }
  const { domain, member_id, application_token } = tokens;
  return { domain, member_id, application_token, ...identity };
}

function commandBody(
  state: PortalState,
  bot: Bot,
  happening: Extract<Happening, { kind: 'command' }>,
): PhpMap {
  const { command, params, context } = happening.call;
  const entry = {
    ...botBlock(state, bot),
    COMMAND: command.name,
    COMMAND_ID: command.id,
    COMMAND_PARAMS: params,
    COMMAND_CONTEXT: context === 'keyboard' ? 'KEYBOARD' : 'TEXTAREA',
    MESSAGE_ID: happening.message.id,
  };
  const botInChat = happening.chat.members.has(bot.id) ? { [bot.id]: bot.id } : {};
  return {
    COMMAND: { [command.id]: entry },
    PARAMS: { ...v1Params(state, bot, happening), BOT_IN_CHAT: botInChat },
    USER: happening.user ? userBlock(happening.user, false) : {},
  };
}

function v1Params(state: PortalState, bot: Bot, happening: ChatHappening): PhpMap {
  const { chat } = happening;
  const addressing = {
    DIALOG_ID: dialogIdOf(chat),
    ...chatTypeOf(chat),
    LANGUAGE: state.language,
  };
  switch (happening.kind) {
    case 'join':
      return { ...addressing, ...joinParams(bot, chat, happening.user) };
    case 'context':
      return { ...addressing, CONTEXT: JSON.stringify(happening.context), USER_ID: happening.user?.id ?? 0 };
    case 'message':
    case 'edit':
    case 'delete':
    case 'command':
    case 'reaction':
      return { ...messageParams(state, bot, chat, happening.message, happening.kind), ...addressing };
  }
}

function chatTypeOf(chat: Chat): PhpMap {
  const type = { private: 'P', group: 'C', lines: 'L' }[chat.kind];
  return { MESSAGE_TYPE: type, CHAT_TYPE: type };
}

function joinParams(bot: Bot, chat: Chat, user: User | undefined): PhpMap {
  const who = { BOT_ID: bot.id, USER_ID: user?.id ?? 0 };
  if (chat.pair) return { ...who, FROM_USER_ID: user?.id ?? 0, TO_USER_ID: bot.id };
  return {
    ...who,
    CHAT_ID: chat.id,
    CHAT_AUTHOR_ID: ownerOf(chat),
    CHAT_ENTITY_TYPE: chat.openLine ? 'LINES' : '',
    CHAT_ENTITY_ID: chat.openLine ? entityId(chat.openLine) : '',
    ACCESS_HISTORY: true,
    SILENT_JOIN: 'N',
  };
}

function messageParams(
  state: PortalState,
  bot: Bot,
  chat: Chat,
  message: Message,
  kind: ChatHappening['kind'],
): PhpMap {
  const text = kind === 'delete' ? 'This message was deleted.' : message.text;
  return {
    ...(kind === 'edit' || kind === 'delete' ? { ID: message.id } : {}),
    ...textParams(bot, chat, text),
    MESSAGE_ID: message.id,
    FROM_USER_ID: message.authorId,
    AUTHOR_ID: message.authorId,
    SYSTEM: message.system ? 'Y' : 'N',
    TO_CHAT_ID: chat.id,
    ...(chat.pair ? { TO_USER_ID: bot.id } : chatParams(chat)),
    ...fileParams(state, message),
  };
}

/** In a group the mention is cut out and leaves its comma or blank behind. */
function textParams(bot: Bot, chat: Chat, text: string): PhpMap {
  if (chat.kind !== 'group' || !mentions(text, bot.id)) return { MESSAGE: text };
  const mention = new RegExp(`\\[USER=(?:${bot.id}|all)\\][^[]*\\[/USER\\]`, 'gi');
  return {
    MESSAGE: text.replace(mention, ''),
    MESSAGE_ORIGINAL: text,
    MENTIONED_LIST: { [bot.id]: bot.id },
    TO_USER_ID: bot.id,
  };
}

function chatParams(chat: Chat): PhpMap {
  const { openLine } = chat;
  return {
    CHAT_ID: chat.id,
    CHAT_TITLE: chat.title,
    CHAT_AUTHOR_ID: ownerOf(chat),
    CHAT_ENTITY_TYPE: openLine ? 'LINES' : '',
    CHAT_ENTITY_ID: openLine ? entityId(openLine) : '',
    CHAT_ENTITY_DATA_1: openLine ? entityData1(openLine) : '',
    CHAT_ENTITY_DATA_2: openLine ? entityData2(openLine) : '',
    CHAT_ENTITY_DATA_3: openLine ? entityData3(openLine) : '',
    CHAT_USER_COUNT: chat.members.size,
  };
}

function fileParams(state: PortalState, message: Message): PhpMap {
  if (message.fileIds.length === 0) return {};
  const cards = message.fileIds.flatMap((id) => {
    const file = state.files.get(id);
    return file ? [[id, fileCardV1(state, file)] as const] : [];
  });
  return { FILES: Object.fromEntries(cards), PARAMS: { FILE_ID: message.fileIds } };
}

function userBlock(user: User, withFlags: boolean): PhpMap {
  const names = {
    ID: user.id,
    NAME: user.name,
    FIRST_NAME: user.firstName,
    LAST_NAME: user.lastName,
    WORK_POSITION: user.workPosition,
    GENDER: user.gender,
  };
  if (!withFlags) return names;
  return {
    ...names,
    IS_BOT: yesNo(user.isBot),
    IS_CONNECTOR: yesNo(user.isConnector),
    IS_NETWORK: yesNo(user.isNetwork),
    IS_EXTRANET: yesNo(user.isExtranet),
  };
}

function yesNo(flag: boolean): string {
  return flag ? 'Y' : 'N';
}

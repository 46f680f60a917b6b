import { scoped, yes, type MethodAnswer, type MethodCall, type MethodTable, type PortalCore } from './call';
import { entityId, lineOf } from './chats';
import { dialogCard } from './chats-v1';
import { addMessage } from './messages';
import { flagOf, idOf, textOf, upperKeys, type Params } from '../shared/params';
import { denied, refusal } from './refusal';
import { isoStamp } from './stamp';
import { ownerKey, type Bot, type Chat, type PortalState } from './state';

export function sessionMethods(portal: PortalCore): MethodTable {
  const botSession = (name: string): string => `imopenlines.bot.session.${name}`;
  return {
    ...scoped(['imopenlines', 'imbot'], {
      [botSession('operator')]: { run: (call) => toOperator(portal, call) },
      [botSession('transfer')]: { run: (call) => transfer(portal, call) },
      [botSession('finish')]: { run: (call) => finish(portal, call) },
      [botSession('message.send')]: { run: (call) => sendAutomatic(portal, call) },
    }),
    ...scoped(['imopenlines'], {
      'imopenlines.dialog.get': { run: (call) => dialog(portal, call) },
      'imopenlines.session.mode.silent': { run: (call) => silent(portal, call) },
    }),
  };
}

/** CHAT_ID is a bare number: `chat112` counts as no number. */
function chatOf(state: PortalState, params: Params): Chat {
  const chatId = idOf(params['CHAT_ID']);
  if (chatId === 0) throw refusal('CHAT_ID_EMPTY', "Chat ID can't be empty");
  const chat = state.chats.get(chatId);
  if (!chat?.openLine) throw refusal('WRONG_CHAT', 'Wrong chat');
  return chat;
}

/** Through a webhook the caller shows whose bot it speaks for: a v1 CLIENT_ID or a v2 botToken. */
function sessionBot(state: PortalState, { caller, params }: MethodCall, chat: Chat): Bot {
  const token = textOf(upperKeys(params)['CLIENT_ID']) ?? '';
  const key = caller.kind === 'app' ? `app:${caller.clientId}` : `token:${token}`;
  const own = [...state.bots.values()].filter((bot) => ownerKey(bot.owner) === key);
  const bot = own.find((one) => chat.members.has(one.id));
  if (own.length === 0) throw refusal('BOT_ID_ERROR', 'Bot not found');
  if (!bot) throw denied('ACCESS_DENIED', 'The bot does not take part in this chat');
  return bot;
}

function toOperator({ state, sessions }: PortalCore, { params }: MethodCall): MethodAnswer {
  const chat = chatOf(state, upperKeys(params));
  if (chat.openLine?.session?.operator !== 'bot') throw refusal('WRONG_CHAT', 'The operator is not a bot');
  sessions.toQueue(chat, lineOf(state, chat).id);
  return yes;
}

function transfer({ state, sessions }: PortalCore, call: MethodCall): MethodAnswer {
  const params = upperKeys(call.params);
  const chat = chatOf(state, params);
  const bot = sessionBot(state, call, chat);
  const target = transferTarget(params);
  const wrong = refusal('OPERATOR_WRONG', 'The operator is wrong');
  if (!chat.openLine?.session) throw wrong;
  if ('userId' in target) {
    const user = state.users.get(target.userId);
    // Bots, outside people and clients are no operators.
    if (!user?.active || user.isBot || user.isExtranet || user.isConnector) throw wrong;
    sessions.takeOver(chat, user.id);
  } else {
    if (!state.lines.has(target.lineId)) throw wrong;
    sessions.toQueue(chat, target.lineId);
  }
  if (flagOf(params['LEAVE'], false)) chat.members.delete(bot.id);
  return yes;
}

/** USER_ID goes before QUEUE_ID, and that before TRANSFER_ID. */
function transferTarget(params: Params): { userId: number } | { lineId: number } {
  if ('USER_ID' in params) return { userId: filledId(params['USER_ID'], 'USER_ID_EMPTY') };
  if ('QUEUE_ID' in params) return { lineId: filledId(params['QUEUE_ID'], 'QUEUE_ID_EMPTY') };
  const given = textOf(params['TRANSFER_ID']) ?? '';
  const queue = /^queue(\d+)$/.exec(given)?.[1];
  if (queue !== undefined) return { lineId: Number(queue) };
  return { userId: filledId(given, 'TRANSFER_ID_EMPTY') };
}

function filledId(given: unknown, code: string): number {
  const id = idOf(given);
  if (id === 0) throw refusal(code, "The target of the transfer can't be empty");
  return id;
}

function finish({ state, sessions }: PortalCore, call: MethodCall): MethodAnswer {
  const chat = chatOf(state, upperKeys(call.params));
  sessionBot(state, call, chat);
  sessions.close(chat);
  return yes;
}

/** Answers yes also when there was nothing to send. */
function sendAutomatic(portal: PortalCore, call: MethodCall): MethodAnswer {
  const params = upperKeys(call.params);
  const chat = chatOf(portal.state, params);
  const isWelcome = params['NAME'] === 'WELCOME';
  const text = isWelcome ? lineOf(portal.state, chat).welcomeText : (textOf(params['MESSAGE']) ?? '');
  const bot = [...portal.state.bots.values()].find((one) => chat.members.has(one.id));
  if (text === '' || !bot || (!isWelcome && params['NAME'] !== 'DEFAULT')) return yes;
  portal.said(addMessage(portal.state, chat, { authorId: bot.id, sentByBot: bot.id, text }));
  return yes;
}

/** In the name of the caller, who must have something to do with the chat. */
function silent({ state }: PortalCore, { params, caller }: MethodCall): MethodAnswer {
  const chat = state.chats.get(idOf(params['CHAT_ID']));
  if (!chat) throw refusal('CHAT_ID', 'A wrong chat id');
  if (!chat.openLine) throw refusal('CHAT_TYPE', 'The chat is not an open channel');
  if (!caller.admin && !chat.members.has(caller.userId)) throw denied('ACCESS_DENIED', 'Access denied');
  chat.openLine.silent = params['ACTIVATE'] === 'Y';
  return yes;
}

function dialog({ state }: PortalCore, call: MethodCall): MethodAnswer {
  const params = upperKeys(call.params);
  const wanted = {
    chatId: idOf(params['CHAT_ID']) || idOf((textOf(params['DIALOG_ID']) ?? '').replace(/^chat/, '')),
    sessionId: idOf(params['SESSION_ID']),
    userCode: (textOf(params['USER_CODE']) ?? '').replace(/^imol\|/, ''),
  };
  const found = [...state.chats.values()].find(
    ({ id, openLine }) =>
      openLine !== undefined &&
      (id === wanted.chatId ||
        id === state.sessions.get(wanted.sessionId)?.chatId ||
        entityId(openLine) === wanted.userCode),
  );
  if (!found) throw refusal('ACCESS_ERROR', "You don't have access to this chat");
  const sessions = [...state.sessions.values()].filter(({ chatId }) => chatId === found.id);
  const counted = {
    date_create: isoStamp(sessions[0]?.startedAt ?? state.now()),
    message_count: sessions.reduce((sum, { messageIds }) => sum + messageIds.length, 0),
  };
  return { result: { ...dialogCard(state, found), ...counted } };
}

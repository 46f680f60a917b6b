import { callingBotV1, dialogChatV1 } from './bot-access-v1';
import { scoped, yes, type MethodAnswer, type MethodCall, type MethodTable, type PortalCore } from './call';
import { dialogIdOf, entityData1, entityData2, entityData3, entityId, ownerOf } from './chats';
import { idOf, textOf, upperKeys } from '../shared/params';
import { refusal } from './refusal';
import type { Chat, PortalState } from './state';

const typingSeconds = 30;

export function chatMethodsV1(portal: PortalCore): MethodTable {
  return scoped(['imbot'], {
    'imbot.chat.sendTyping': { run: (call) => sendTyping(portal, call) },
    'imbot.chat.leave': { run: (call) => leave(portal, call) },
    'imbot.chat.get': { run: (call) => findByEntity(portal, call) },
    'imbot.dialog.get': { run: (call) => dialog(portal, call) },
  });
}

function sendTyping(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV1(portal, call);
  const chat = dialogChatV1(portal.state, bot, upperKeys(call.params));
  // A chat that is not the bot's is no error for this method: nobody sees the mark, that is all.
  chat?.typing.push({ botId: bot.id, code: undefined, seconds: typingSeconds, at: portal.state.now() });
  return yes;
}

function leave(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV1(portal, call);
  const chatId = idOf(upperKeys(call.params)['CHAT_ID']);
  if (chatId === 0) throw refusal('CHAT_ID_EMPTY', "Chat ID can't be empty");
  const chat = portal.state.chats.get(chatId);
  if (!chat?.members.has(bot.id))
    throw refusal('WRONG_REQUEST', "You don't have access or user isn't member in chat");
  chat.members.delete(bot.id);
  return yes;
}

/** Meant for chats that a bot made; those of open channels are found by `imopenlines.dialog.get`. */
function findByEntity(portal: PortalCore, call: MethodCall): MethodAnswer {
  callingBotV1(portal, call);
  const params = upperKeys(call.params);
  if ((textOf(params['ENTITY_TYPE']) ?? '') === '' || (textOf(params['ENTITY_ID']) ?? '') === '') {
    throw refusal('ACCESS_ERROR', "You don't have access to this chat");
  }
  return { result: null };
}

function dialog(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV1(portal, call);
  const chat = dialogChatV1(portal.state, bot, upperKeys(call.params));
  if (!chat) throw refusal('ACCESS_ERROR', "You don't have access to this chat");
  return { result: dialogCard(portal.state, chat) };
}

/** A chat the way the older methods describe it. */
export function dialogCard(state: PortalState, chat: Chat): Readonly<Record<string, unknown>> {
  const { openLine } = chat;
  const lastMessage = [...state.messages.values()].findLast((message) => message.chatId === chat.id);
  return {
    id: chat.id,
    dialog_id: dialogIdOf(chat),
    name: chat.title,
    description: chat.description,
    owner: ownerOf(chat),
    extranet: openLine !== undefined,
    color: '#4ba984',
    avatar: '',
    type: openLine ? 'lines' : 'chat',
    message_type: openLine ? 'L' : 'C',
    entity_type: openLine ? 'LINES' : '',
    entity_id: openLine ? entityId(openLine) : '',
    entity_data_1: openLine ? entityData1(openLine) : '',
    entity_data_2: openLine ? entityData2(openLine) : '',
    entity_data_3: openLine ? entityData3(openLine) : '',
    role: 'member',
    permissions: {},
    last_message_id: lastMessage?.id ?? 0,
  };
}

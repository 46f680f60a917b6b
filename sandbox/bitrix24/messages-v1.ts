import { callingBotV1, dialogChatV1 } from './bot-access-v1';
import { scoped, yes, type MethodAnswer, type MethodCall, type MethodTable, type PortalCore } from './call';
import { addMessage, chatOfMessage, cutText } from './messages';
import { flagOf, idOf, textOf, upperKeys, type Params } from '../shared/params';
import { refusal } from './refusal';
import { checkedAttach, checkedKeyboard, v1Sizes } from './rich-content';
import type { Bot, Chat, Message } from './state';
import { privateChatOf } from './chats';

const editDays = 3;

export function messageMethodsV1(portal: PortalCore): MethodTable {
  return scoped(['imbot'], {
    'imbot.message.add': { run: (call) => add(portal, call) },
    'imbot.message.update': { run: (call) => update(portal, call) },
    'imbot.message.delete': { run: (call) => remove(portal, call) },
    'imbot.message.like': { run: (call) => like(portal, call) },
  });
}

export interface ContentV1 {
  text: string;
  attach: unknown;
  keyboard: unknown;
  menu: unknown;
}

export function contentV1(params: Params): ContentV1 {
  const text = (textOf(params['MESSAGE']) ?? '').trim();
  const attach = checkedAttach(params['ATTACH'], v1Sizes);
  if (text === '' && attach === undefined) throw refusal('MESSAGE_EMPTY', "Message can't be empty");
  const keyboard = checkedKeyboard(params['KEYBOARD'], v1Sizes);
  return { text, attach, keyboard, menu: checkedKeyboard(params['MENU'], v1Sizes, 'MENU') };
}

function add(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV1(portal, call);
  const params = upperKeys(call.params);
  const betweenUsers = idOf(params['FROM_USER_ID']) > 0 && idOf(params['TO_USER_ID']) > 0;
  const chat = betweenUsers ? betweenChat(portal, bot, params) : dialogChatV1(portal.state, bot, params);
  const content = contentV1(params);
  if (!chat) throw refusal('WRONG_REQUEST', "Message isn't added");
  const message = addMessage(portal.state, chat, {
    ...content,
    authorId: bot.id,
    sentByBot: bot.id,
    system: betweenUsers || flagOf(params['SYSTEM'], false),
    skipConnector: flagOf(params['SKIP_CONNECTOR'], false),
    urlPreview: flagOf(params['URL_PREVIEW'], true),
  });
  portal.said(message);
  return { result: message.id };
}

function betweenChat(portal: PortalCore, bot: Bot, params: Params): Chat | undefined {
  const userId = [params['FROM_USER_ID'], params['TO_USER_ID']].map(idOf).find((id) => id !== bot.id) ?? 0;
  return portal.state.users.has(userId) ? privateChatOf(portal.state, bot.id, userId) : undefined;
}

function editable(portal: PortalCore, bot: Bot, params: Params): Message {
  const messageId = idOf(params['MESSAGE_ID']);
  if (messageId === 0) throw refusal('MESSAGE_ID_ERROR', "Message ID can't be empty");
  const message = portal.state.messages.get(messageId);
  const oldest = portal.state.now() - editDays * 24 * 3_600_000;
  if (!message || message.deleted || message.authorId !== bot.id || message.at < oldest) {
    throw refusal('CANT_EDIT_MESSAGE', "Time has expired for modification or you don't have access");
  }
  return message;
}

/** An empty text deletes the message; without MESSAGE the text stays. */
function update(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV1(portal, call);
  const params = upperKeys(call.params);
  const message = editable(portal, bot, params);
  const text = textOf(params['MESSAGE']);
  if (text !== undefined && text.trim() === '') return deleted(portal, message);
  const removes = (key: string): boolean => params[key] === 'N' || params[key] === '';
  const attach = removes('ATTACH') ? undefined : checkedAttach(params['ATTACH'], v1Sizes);
  const keyboard = removes('KEYBOARD') ? undefined : checkedKeyboard(params['KEYBOARD'], v1Sizes);
  const menu = removes('MENU') ? undefined : checkedKeyboard(params['MENU'], v1Sizes, 'MENU');
  if ('ATTACH' in params) message.attach = attach;
  if ('KEYBOARD' in params) message.keyboard = keyboard;
  if ('MENU' in params) message.menu = menu;
  if (text !== undefined) message.text = cutText(text.trim());
  message.urlPreview = flagOf(params['URL_PREVIEW'], message.urlPreview);
  message.edited = true;
  portal.changed(message, 'edit');
  return yes;
}

function remove(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV1(portal, call);
  return deleted(portal, editable(portal, bot, upperKeys(call.params)));
}

function deleted(portal: PortalCore, message: Message): MethodAnswer {
  message.deleted = true;
  portal.changed(message, 'delete');
  return yes;
}

function like(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV1(portal, call);
  const params = upperKeys(call.params);
  const message = portal.state.messages.get(idOf(params['MESSAGE_ID']));
  if (!message || !chatOfMessage(portal.state, message).members.has(bot.id)) {
    throw refusal('WRONG_REQUEST', 'Action completed without changes');
  }
  const users = message.reactions.get('like') ?? new Set<number>();
  const action = textOf(params['ACTION']) ?? 'auto';
  const adds = action === 'plus' || (action === 'auto' && !users.has(bot.id));
  if (adds) users.add(bot.id);
  else users.delete(bot.id);
  message.reactions.set('like', users);
  return yes;
}

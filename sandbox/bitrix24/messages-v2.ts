import { argumentMissing, callingBotV2, chatForBot, fieldsOf, messageForBot } from './bot-access-v2';
import { done, scoped, type MethodAnswer, type MethodCall, type MethodTable, type PortalCore } from './call';
import { chatEntity, messageEntity, userEntity } from './events-v2';
import { addMessage, chatOfMessage, cutText, messagesOf } from './messages';
import { flagOf, idOf, mapOf, textOf, type Params } from '../shared/params';
import { denied, refusal } from './refusal';
import { checkedAttach, checkedKeyboard, v2Sizes } from './rich-content';
import type { Bot, Message } from './state';

const longestForward = 100;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function messageMethodsV2(portal: PortalCore): MethodTable {
  return scoped(['imbot'], {
    'imbot.v2.Chat.Message.send': { run: (call) => send(portal, call) },
    'imbot.v2.Chat.Message.update': { run: (call) => update(portal, call) },
    'imbot.v2.Chat.Message.delete': { run: (call) => remove(portal, call) },
    'imbot.v2.Chat.Message.read': { run: (call) => read(portal, call) },
    'imbot.v2.Chat.Message.get': { run: (call) => ({ result: messageEntity(readable(portal, call)) }) },
    'imbot.v2.Chat.Message.getContext': { run: (call) => context(portal, call) },
  });
}

/** What the text, attachments and buttons of a new message are, checked. */
export function messageContent(fields: Params): {
  text: string;
  attach: unknown;
  keyboard: unknown;
  urlPreview: boolean;
} {
  const given = fields['message'];
  if (given !== undefined && given !== null && textOf(given) === undefined)
    throw argumentMissing('fields.message');
  return {
    text: textOf(given) ?? '',
    attach: checkedAttach(fields['attach'], v2Sizes),
    keyboard: checkedKeyboard(fields['keyboard'], v2Sizes),
    urlPreview: flagOf(fields['urlPreview'], true),
  };
}

function send(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV2(portal, call);
  const chat = chatForBot(portal, bot, call.params);
  const fields = fieldsOf(call.params);
  const content = messageContent(fields);
  const forwarded = mapOf(fields['forwardIds']) ?? {};
  const forwardCount = Object.keys(forwarded).length;
  if (forwardCount > longestForward) throw refusal('SENDING_FAILED', 'Too many messages to forward');
  if (content.text.trim() === '' && content.attach === undefined && forwardCount === 0) {
    throw refusal('EMPTY_MESSAGE', 'Message is empty');
  }
  const templateId = fields['templateId'];
  if (templateId !== undefined && !(typeof templateId === 'string' && uuid.test(templateId))) {
    throw refusal('SENDING_FAILED', 'templateId must be a UUID');
  }
  const message = addMessage(portal.state, chat, {
    ...content,
    authorId: bot.id,
    sentByBot: bot.id,
    system: flagOf(fields['system'], false),
    replyId: idOf(fields['replyId']) || undefined,
    skipConnector: flagOf(fields['skipConnector'], false),
    silentConnector: flagOf(fields['silentConnector'], false),
  });
  portal.said(message);
  const uuidMap = Object.fromEntries(Object.keys(forwarded).map((key) => [key, message.id]));
  return { result: { id: message.id, uuidMap } };
}

/** System messages belong to nobody, so even their bot cannot edit them. */
function ownMessage(portal: PortalCore, bot: Bot, params: Params): Message {
  const message = messageForBot(portal, params);
  if (message?.authorId !== bot.id) throw denied('ACCESS_DENIED', 'Access denied');
  return message;
}

function update(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV2(portal, call);
  const message = ownMessage(portal, bot, call.params);
  const fields = fieldsOf(call.params);
  const preview = fields['urlPreview'];
  // Unlike `send`, this method takes only the words Y and N.
  if (preview !== undefined && preview !== 'Y' && preview !== 'N') throw argumentMissing('fields.urlPreview');
  if (fields['keyboard'] === 'N') message.keyboard = undefined;
  else if ('keyboard' in fields) message.keyboard = checkedKeyboard(fields['keyboard'], v2Sizes);
  if ('attach' in fields) message.attach = checkedAttach(fields['attach'], v2Sizes);
  const text = textOf(fields['message']);
  if (text !== undefined) message.text = cutText(text);
  message.urlPreview = flagOf(preview, message.urlPreview);
  message.edited = true;
  portal.changed(message, 'edit');
  return done;
}

function remove(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV2(portal, call);
  const message = messageForBot(portal, call.params);
  if (!message) throw denied('ACCESS_DENIED', 'Access denied');
  const chat = chatOfMessage(portal.state, message);
  if (message.authorId !== bot.id && !chat.managers.has(bot.id))
    throw denied('ACCESS_DENIED', 'Access denied');
  message.deleted = true;
  portal.changed(message, 'delete');
  return done;
}

function read(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV2(portal, call);
  const chat = chatForBot(portal, bot, call.params);
  const messages = messagesOf(portal.state, chat);
  const upTo = 'messageId' in call.params ? idOf(call.params['messageId']) : (messages.at(-1)?.id ?? 0);
  if (upTo !== 0 && !messages.some((message) => message.id === upTo)) {
    throw refusal('MESSAGE_NOT_FOUND', 'Message not found');
  }
  const viewedMessages = messages.filter((message) => message.id <= upTo).map((message) => message.id);
  const counter = messages.length - viewedMessages.length;
  return { result: { chatId: chat.id, lastId: upTo, counter, viewedMessages } };
}

/** Reading back is for bots that hear everything anyway. */
function readable(portal: PortalCore, call: MethodCall): Message {
  const bot = callingBotV2(portal, call);
  if (bot.type !== 'supervisor' && bot.type !== 'personal') {
    throw denied('BOT_TYPE_NOT_ALLOWED', 'The method is not available for this type of bot');
  }
  const message = messageForBot(portal, call.params);
  if (!message) throw refusal('MESSAGE_NOT_FOUND', 'Message not found');
  const chat = chatOfMessage(portal.state, message);
  if (!chat.members.has(bot.id)) throw denied('MESSAGE_ACCESS_DENIED', 'Access denied');
  return message;
}

function context(portal: PortalCore, call: MethodCall): MethodAnswer {
  const centre = readable(portal, call);
  const range = 'range' in call.params ? idOf(call.params['range']) : 50;
  if (range < 1 || range > 50) throw argumentMissing('range');
  const chat = chatOfMessage(portal.state, centre);
  const all = messagesOf(portal.state, chat);
  const place = all.indexOf(centre);
  const from = Math.max(0, place - range);
  const near = all.slice(from, place + range + 1);
  const authors = new Set(near.map((message) => message.authorId));
  const users = [...authors].flatMap((id) => portal.state.users.get(id) ?? []);
  return {
    result: {
      messages: near.map(messageEntity),
      users: users.map(userEntity),
      chat: chatEntity(chat),
      hasPrevPage: from > 0,
      hasNextPage: place + range + 1 < all.length,
    },
  };
}

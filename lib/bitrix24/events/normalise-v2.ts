import { at, entriesAt, flagAt, idAt, textAt } from '../../core/fields';
import { eventIdOf, kindOf, type Arrival, type BitrixEvent, type EventChat, type EventUser } from './event';
import { filesUnder, readFiles } from './event-files';
import { unifiedChat, unifiedUser } from './event-chat';
import { plainJson } from './plain-json';
import { spokenText } from './spoken-text';
import { readOpenLine } from './open-line';

/** Events of `imbot.v2`; one always concerns one bot. `data` is text-typed from a webhook, typed from a fetch. */
export function normaliseV2(eventName: string, data: unknown, arrival: Arrival): BitrixEvent[] {
  const event = describe(eventName, data, arrival);
  return [{ ...event, eventId: eventIdOf(event, data, arrival.sentAs) }];
}

function describe(eventName: string, data: unknown, arrival: Arrival): Omit<BitrixEvent, 'eventId'> {
  const kind = kindOf(eventName);
  const message = at(data, 'message');
  const chat = unifiedChat(readChat(at(data, 'chat')));
  const openline = readOpenLine(chat);
  const command = readCommand(at(data, 'command'));
  const bot = { id: idAt(data, 'bot', 'id') ?? null, code: textAt(data, 'bot', 'code') ?? '' };
  const text = textAt(message, 'text') ?? '';
  const found = filesUnder(at(message, 'params'));
  return {
    kind,
    event: eventName,
    api: 'v2',
    via: arrival.via,
    redelivered: false,
    receivedAt: arrival.receivedAt,
    portal: arrival.portal,
    bot,
    dialogId: textAt(data, 'chat', 'dialogId') ?? textAt(data, 'dialogId') ?? '',
    chatId: idAt(message, 'chatId') ?? idAt(data, 'chat', 'id') ?? null,
    messageId: idAt(message, 'id') ?? idAt(data, 'messageId') ?? null,
    text: spokenText({ text, mentionCut: false }, { kind, bot, chat, ...(command && { command }) }),
    language: textAt(data, 'language') ?? '',
    user: unifiedUser(readUser(at(data, 'user'), message), openline?.externalUserId),
    chat,
    ...(command && { command }),
    ...(openline && { openline }),
    files: readFiles([...found.described, ...entriesAt(data, 'files')], found.listed, text),
    ...(kind === 'reaction' && { reaction: readReaction(data) }),
    ...(kind === 'context' && { context: plainJson(at(data, 'context')) }),
    ...(flagAt(message, 'isSystem') && { system: true as const }),
  };
}

function readChat(chat: unknown): EventChat {
  const isPrivate = textAt(chat, 'messageType') === 'P';
  return {
    title: textAt(chat, 'name') ?? '',
    type: isPrivate ? 'private' : (textAt(chat, 'type') ?? ''),
    ownerId: idAt(chat, 'owner') ?? null,
    entityType: textAt(chat, 'entityType') ?? '',
    entityId: textAt(chat, 'entityId') ?? '',
    entityData1: textAt(chat, 'entityData1') ?? '',
    entityData2: textAt(chat, 'entityData2') ?? '',
    entityData3: textAt(chat, 'entityData3') ?? '',
  };
}

function readUser(user: unknown, message: unknown): EventUser {
  return {
    id: idAt(user, 'id') ?? idAt(message, 'authorId') ?? null,
    name: textAt(user, 'name') ?? '',
    firstName: textAt(user, 'firstName') ?? '',
    lastName: textAt(user, 'lastName') ?? '',
    isBot: flagAt(user, 'bot'),
    isConnector: flagAt(user, 'connector'),
    isExtranet: flagAt(user, 'extranet'),
    isNetwork: flagAt(user, 'network'),
  };
}

function readCommand(command: unknown): BitrixEvent['command'] {
  if (command === undefined) return undefined;
  return {
    id: idAt(command, 'id') ?? null,
    name: (textAt(command, 'command') ?? '').replace(/^\//, ''),
    params: textAt(command, 'params') ?? '',
    context: (textAt(command, 'context') ?? '').toLowerCase(),
  };
}

function readReaction(data: unknown): NonNullable<BitrixEvent['reaction']> {
  return {
    name: textAt(data, 'reaction') ?? '',
    action: textAt(data, 'action') === 'delete' ? 'delete' : 'add',
  };
}

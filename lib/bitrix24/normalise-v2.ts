import { at, entriesAt, flagAt, idAt, textAt } from '../core/fields';
import { eventIdOf, kindOf, type Arrival, type BitrixEvent } from './event';
import { filesUnder, readFiles } from './event-files';
import { readOpenLine } from './open-line';

/** Events of `imbot.v2`; one always concerns one bot. `data` is text-typed from a webhook, typed from a fetch. */
export function normaliseV2(eventName: string, data: unknown, arrival: Arrival): BitrixEvent[] {
  const message = at(data, 'message');
  const chat = at(data, 'chat');
  const user = at(data, 'user');
  const text = textAt(message, 'text') ?? '';
  const found = filesUnder(at(message, 'params'));
  const chatFields = {
    title: textAt(chat, 'name') ?? '',
    type: textAt(chat, 'type') ?? '',
    ownerId: idAt(chat, 'owner') ?? null,
    entityType: textAt(chat, 'entityType') ?? '',
    entityId: textAt(chat, 'entityId') ?? '',
    entityData1: textAt(chat, 'entityData1') ?? '',
    entityData2: textAt(chat, 'entityData2') ?? '',
    entityData3: textAt(chat, 'entityData3') ?? '',
  };
  const openline = readOpenLine(chatFields);
  const command = readCommand(at(data, 'command'));
  const event: Omit<BitrixEvent, 'eventId'> = {
    kind: kindOf(eventName),
    event: eventName,
    api: 'v2',
    via: arrival.via,
    redelivered: false,
    receivedAt: arrival.receivedAt,
    portal: arrival.portal,
    bot: { id: idAt(data, 'bot', 'id') ?? null, code: textAt(data, 'bot', 'code') ?? '' },
    dialogId: textAt(chat, 'dialogId') ?? textAt(data, 'dialogId') ?? '',
    chatId: idAt(message, 'chatId') ?? idAt(chat, 'id') ?? null,
    messageId: idAt(message, 'id') ?? idAt(data, 'messageId') ?? null,
    text,
    language: textAt(data, 'language') ?? '',
    user: {
      id: idAt(user, 'id') ?? idAt(message, 'authorId') ?? null,
      name: textAt(user, 'name') ?? '',
      firstName: textAt(user, 'firstName') ?? '',
      lastName: textAt(user, 'lastName') ?? '',
      isBot: flagAt(user, 'bot'),
      isConnector: flagAt(user, 'connector'),
      isExtranet: flagAt(user, 'extranet'),
      isNetwork: flagAt(user, 'network'),
    },
    chat: chatFields,
    ...(command && { command }),
    ...(openline && { openline }),
    files: readFiles([...found.described, ...entriesAt(data, 'files')], found.listed, text),
  };
  return [{ ...event, eventId: eventIdOf(event) }];
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

import { at, entriesAt, flagAt, idAt, keysAt, textAt } from '../../core/fields';
import { eventIdOf, kindOf, type Arrival, type BitrixEvent, type EventChat, type EventUser } from './event';
import { filesUnder, readFiles } from './event-files';
import { unifiedChat, unifiedUser } from './event-chat';
import { plainJson } from './plain-json';
import { spokenText, type Spoken } from './spoken-text';
import { readOpenLine } from './open-line';

/** v1 has letters where v2 has words. */
const chatTypes: Readonly<Record<string, string>> = {
  P: 'private',
  C: 'chat',
  O: 'open',
  L: 'lines',
  S: 'system',
  N: 'channel',
  J: 'openChannel',
  T: 'thread',
  A: 'copilot',
  B: 'collab',
  X: 'external',
};

/**
 * Events of `imbot`. One may concern several bots of an app, or hold several commands, and each becomes an event
 * of its own. The ids of the maps `BOT` and `COMMAND` are taken from inside, never from the keys.
 */
export function normaliseV1(eventName: string, data: unknown, arrival: Arrival): BitrixEvent[] {
  const kind = kindOf(eventName);
  const owners = kind === 'command' ? entriesAt(data, 'COMMAND') : entriesAt(data, 'BOT');
  // ONIMBOTDELETE and the events of the app itself name the bot beside the data, or not at all.
  const targets = owners.length > 0 ? owners : [data];
  return targets.map((owner) => {
    const event = describe(eventName, data, owner, arrival);
    return { ...event, eventId: eventIdOf(event, data, arrival.sentAs) };
  });
}

function describe(
  eventName: string,
  data: unknown,
  owner: unknown,
  arrival: Arrival,
): Omit<BitrixEvent, 'eventId'> {
  const params = at(data, 'PARAMS');
  const kind = kindOf(eventName);
  const chat = unifiedChat(readChat(params));
  const openline = readOpenLine(chat);
  const command = at(owner, 'COMMAND_ID') === undefined ? undefined : readCommand(owner);
  const bot = {
    id: idAt(owner, 'BOT_ID') ?? idAt(params, 'BOT_ID') ?? null,
    code: textAt(owner, 'BOT_CODE') ?? '',
  };
  const spoken = readSpoken(params);
  const found = filesUnder(params);
  return {
    kind,
    event: eventName,
    api: 'v1',
    via: arrival.via,
    redelivered: false,
    receivedAt: arrival.receivedAt,
    portal: arrival.portal,
    bot,
    dialogId: textAt(params, 'DIALOG_ID') ?? '',
    chatId: idAt(params, 'CHAT_ID') ?? idAt(params, 'TO_CHAT_ID') ?? null,
    messageId: idAt(owner, 'MESSAGE_ID') ?? idAt(params, 'MESSAGE_ID') ?? idAt(params, 'ID') ?? null,
    text: spokenText(spoken, { kind, bot, chat, ...(command && { command }) }),
    language: textAt(params, 'LANGUAGE') ?? textAt(data, 'LANGUAGE_ID') ?? '',
    user: unifiedUser(readUser(at(data, 'USER'), params), openline?.externalUserId),
    chat,
    ...(command && { command }),
    ...(openline && { openline }),
    // Of a deleted message the newer generation tells the id and no more.
    files: kind === 'delete' ? [] : readFiles(found.described, found.listed, spoken.text),
    ...(kind === 'context' && { context: readContext(at(params, 'CONTEXT')) }),
    ...(flagAt(params, 'SYSTEM') && { system: true as const }),
  };
}

/** In a group MESSAGE has lost the mention of the bot; the text as it was written stands beside it. */
function readSpoken(params: unknown): Spoken {
  const original = textAt(params, 'MESSAGE_ORIGINAL');
  const wasMentioned = keysAt(params, 'MENTIONED_LIST').length > 0;
  return {
    text: original ?? textAt(params, 'MESSAGE') ?? '',
    mentionCut: original === undefined && wasMentioned,
  };
}

/** The page of this event is missing from the documentation; a map and the text of one are both likely. */
function readContext(given: unknown): unknown {
  if (typeof given !== 'string') return plainJson(given);
  try {
    return plainJson(JSON.parse(given));
  } catch {
    return given;
  }
}

function readChat(params: unknown): EventChat {
  const letter = textAt(params, 'CHAT_TYPE') ?? textAt(params, 'MESSAGE_TYPE') ?? '';
  return {
    title: textAt(params, 'CHAT_TITLE') ?? '',
    type: (Object.hasOwn(chatTypes, letter) ? chatTypes[letter] : undefined) ?? letter,
    ownerId: idAt(params, 'CHAT_AUTHOR_ID') ?? null,
    entityType: textAt(params, 'CHAT_ENTITY_TYPE') ?? '',
    entityId: textAt(params, 'CHAT_ENTITY_ID') ?? '',
    entityData1: textAt(params, 'CHAT_ENTITY_DATA_1') ?? '',
    entityData2: textAt(params, 'CHAT_ENTITY_DATA_2') ?? '',
    entityData3: textAt(params, 'CHAT_ENTITY_DATA_3') ?? '',
  };
}

function readUser(user: unknown, params: unknown): EventUser {
  const id =
    idAt(user, 'ID') ??
    idAt(params, 'AUTHOR_ID') ??
    idAt(params, 'FROM_USER_ID') ??
    idAt(params, 'USER_ID') ??
    null;
  return {
    id,
    name: textAt(user, 'NAME') ?? '',
    firstName: textAt(user, 'FIRST_NAME') ?? '',
    lastName: textAt(user, 'LAST_NAME') ?? '',
    isBot: flagAt(user, 'IS_BOT'),
    isConnector: flagAt(user, 'IS_CONNECTOR'),
    isExtranet: flagAt(user, 'IS_EXTRANET'),
    isNetwork: flagAt(user, 'IS_NETWORK'),
  };
}

function readCommand(owner: unknown): BitrixEvent['command'] {
  return {
    id: idAt(owner, 'COMMAND_ID') ?? null,
    name: (textAt(owner, 'COMMAND') ?? '').replace(/^\//, ''),
    params: textAt(owner, 'COMMAND_PARAMS') ?? '',
    context: (textAt(owner, 'COMMAND_CONTEXT') ?? '').toLowerCase(),
  };
}

import type { MethodAnswer, MethodCall, PortalCore } from '../call';
import { dialogIdOf } from '../chats';
import { fileEntityV2 } from '../file-cards';
import { messagesOf } from '../messages';
import { idOf, textOf, upperKeys, type Params } from '../../shared/params';
import { denied, refusal } from '../refusal';
import { isoStamp } from '../stamp';
import type { Chat, Message, PortalState } from '../state';

const usualLimit = 20;
const longestLimit = 50;

/** `im.dialog.messages.get`: the newest first, and only for members of the chat. */
export function dialogMessages({ state }: PortalCore, { params, caller }: MethodCall): MethodAnswer {
  const given = upperKeys(params);
  const chat = wantedChat(state, given);
  if (!chat?.members.has(caller.userId)) throw denied('ACCESS_ERROR', "You don't have access to this chat");
  const page = pageOfMessages(messagesOf(state, chat), given);
  const authors = new Set(page.map(({ authorId }) => authorId));
  const files = page.flatMap(({ fileIds }) => fileIds.flatMap((id) => state.files.get(id) ?? []));
  return {
    result: {
      chat_id: chat.id,
      messages: page.map(messageFields),
      users: [...authors].flatMap((id) => userFields(state, id)),
      files: files.map((file) => fileEntityV2(state, file)),
    },
  };
}

function wantedChat(state: PortalState, params: Params): Chat | undefined {
  const dialogId = textOf(params['DIALOG_ID']) ?? '';
  if (dialogId === '') throw refusal('DIALOG_ID_EMPTY', "Dialog ID can't be empty");
  return [...state.chats.values()].find((chat) => dialogIdOf(chat) === dialogId);
}

/** `LAST_ID`: older than this one. `FIRST_ID`: the next newer ones. */
function pageOfMessages(messages: readonly Message[], params: Params): Message[] {
  const limit = Math.min(idOf(params['LIMIT']) || usualLimit, longestLimit);
  const lastId = boundary(params, 'LAST_ID');
  const firstId = boundary(params, 'FIRST_ID');
  const rising = messages.toSorted((one, other) => one.id - other.id);
  if (firstId !== undefined) {
    return rising
      .filter(({ id }) => id > firstId)
      .slice(0, limit)
      .reverse();
  }
  return rising
    .filter(({ id }) => lastId === undefined || id < lastId)
    .slice(-limit)
    .reverse();
}

function boundary(params: Params, name: 'LAST_ID' | 'FIRST_ID'): number | undefined {
  const given = textOf(params[name]);
  if (given === undefined) return undefined;
  if (!/^\d+$/.test(given)) throw refusal(`${name}_STRING`, `${name} must be a number`);
  return Number(given);
}

function messageFields(message: Message): Readonly<Record<string, unknown>> {
  return {
    id: message.id,
    chat_id: message.chatId,
    author_id: message.authorId,
    date: isoStamp(message.at),
    text: message.text,
    unread: false,
    uuid: null,
    replaces: [],
    params: message.fileIds.length === 0 ? [] : { FILE_ID: message.fileIds },
  };
}

function userFields(state: PortalState, id: number): Readonly<Record<string, unknown>>[] {
  const user = state.users.get(id);
  if (!user) return [];
  return [
    {
      id: user.id,
      name: user.name,
      first_name: user.firstName,
      last_name: user.lastName,
      work_position: user.workPosition,
      bot: user.isBot,
      connector: user.isConnector,
      extranet: user.isExtranet,
    },
  ];
}

import type { SessionRecord } from './session-record';
import type { Caller, MethodAnswer, MethodCall, PortalCore } from '../call';
import { entityData1, entityData2, entityData3, entityId, openLineOf } from '../chats';
import { extensionOf, fileKind } from '../file-cards';
import { idOf, upperKeys } from '../../shared/params';
import { denied, refusal } from '../refusal';
import { isoStamp } from '../stamp';
import type { Chat, Message, PortalState, StoredFile, User } from '../state';

type Fields = Readonly<Record<string, unknown>>;

/** `imopenlines.session.history.get`: one whole session, also for those who never were in the chat. */
export function sessionHistory({ state }: PortalCore, { params, caller }: MethodCall): MethodAnswer {
  const session = wantedSession(state, upperKeys(params), caller);
  const chat = state.chats.get(session.chatId);
  if (!chat) throw refusal('INVALID_SESSION_ID', 'The session is not found');
  const messages = session.messageIds.flatMap((id) => {
    const message = state.messages.get(id);
    return message && !message.deleted ? [message] : [];
  });
  const files = messages.flatMap((message) => message.fileIds.flatMap((id) => state.files.get(id) ?? []));
  const userIds = new Set([openLineOf(chat).clientId, ...session.operatorIds, ...messages.map(authorOf)]);
  const users = [...userIds].flatMap((id) => state.users.get(id) ?? []);
  return {
    result: {
      chatId: chat.id,
      canJoin: 'Y',
      canVoteHead: 'N',
      sessionId: session.id,
      sessionVoteHead: 0,
      sessionCommentHead: null,
      userId: `chat${chat.id}`,
      message: phpMap(messages.map((message) => [message.id, messageFields(message, chat, state)])),
      usersMessage: { [`chat${chat.id}`]: messages.map(({ id }) => String(id)).reverse() },
      users: phpMap(users.map((user) => [user.id, userFields(user)])),
      openlines: [],
      userInGroup: [],
      woUserInGroup: [],
      chat: phpMap([[chat.id, chatFields(chat, session)]]),
      userInChat: { [chat.id]: [...chat.members] },
      files: phpMap(files.map((file) => [file.id, fileFields(file)])),
    },
  };
}

/** By its own id, or the last one of a chat; the latter only for those who took part. */
function wantedSession(state: PortalState, params: Fields, caller: Caller): SessionRecord {
  const given = params['SESSION_ID'] ?? params['CHAT_ID'];
  if (given === undefined || given === '') throw refusal('MISSING_REQUIRED_PARAM', 'SESSION_ID is missing');
  const byChat = params['SESSION_ID'] === undefined;
  const session = byChat
    ? [...state.sessions.values()].findLast(({ chatId }) => chatId === idOf(given))
    : state.sessions.get(idOf(given));
  if (!session) throw refusal('INVALID_SESSION_ID', 'The session is not found');
  const tookPart =
    session.operatorIds.includes(caller.userId) ||
    state.chats.get(session.chatId)?.members.has(caller.userId) === true;
  const mayRead = caller.admin || state.lines.get(session.lineId)?.operators.includes(caller.userId) === true;
  if (tookPart || (mayRead && !byChat)) return session;
  throw denied('ACCESS_DENIED', 'You cannot open this conversation');
}

function authorOf({ authorId }: Message): number {
  return authorId;
}

/** PHP writes an empty map as `[]`. */
function phpMap(entries: readonly (readonly [number, unknown])[]): unknown {
  return entries.length === 0 ? [] : Object.fromEntries(entries);
}

function messageFields(message: Message, chat: Chat, state: PortalState): Fields {
  const fromClient = state.users.get(message.authorId)?.isConnector === true;
  const params = {
    ...(message.fileIds.length > 0 ? { fileId: message.fileIds.map(String) } : {}),
    ...(fromClient ? { connectorMid: [String(message.id + 1_000_000)] } : {}),
    ...(message.attach === undefined || message.attach === null ? {} : { attach: [message.attach].flat() }),
    ...(message.authorId === 0 ? { class: 'bx-messenger-content-item-system' } : {}),
  };
  return {
    id: String(message.id),
    chatid: String(chat.id),
    senderid: String(message.authorId),
    recipientid: `chat${chat.id}`,
    date: isoStamp(message.at),
    text: message.text,
    textlegacy: legacyText(message.text),
    params: Object.keys(params).length === 0 ? [] : params,
  };
}

function legacyText(text: string): string {
  return text
    .replace(/\[(\/?)(b|i|u|s)\]/gi, '<$1$2>')
    .replace(/\[url=([^\]]+)\]([^[]*)\[\/url\]/gi, '<a href="$1">$2</a>')
    .replaceAll('\n', '<br />');
}

function userFields(user: User): Fields {
  return {
    id: String(user.id),
    name: user.name,
    active: user.active,
    firstName: user.firstName,
    lastName: user.lastName,
    workPosition: user.workPosition === '' ? null : user.workPosition,
    gender: user.gender,
    extranet: user.isExtranet,
    network: user.isNetwork,
    bot: user.isBot,
    connector: user.isConnector,
    externalAuthId: user.externalAuthId,
    type: user.isBot ? 'bot' : user.isConnector ? 'extranet' : 'user',
  };
}

function chatFields(chat: Chat, session: SessionRecord): Fields {
  const openLine = openLineOf(chat);
  return {
    id: String(chat.id),
    name: chat.title,
    owner: String(session.operatorIds.at(-1) ?? 0),
    extranet: true,
    entityType: 'LINES',
    entityId: entityId(openLine),
    entityData1: entityData1(openLine),
    entityData2: entityData2(openLine),
    entityData3: entityData3(openLine),
    managerList: [],
    dateCreate: isoStamp(session.startedAt),
    messageCount: session.messageIds.length,
    type: 'lines',
    messageType: 'L',
  };
}

function fileFields(file: StoredFile): Fields {
  return {
    id: file.id,
    chatId: file.chatId,
    date: isoStamp(file.at),
    type: fileKind(file),
    name: file.name,
    extension: extensionOf(file.name),
    size: file.bytes.length,
    authorId: file.authorId,
  };
}

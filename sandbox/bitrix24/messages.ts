import { dialogIdOf } from './chats';
import type { Chat, Message, PortalState } from './state';

export interface MessageInit {
  authorId: number;
  text: string;
  sentByBot?: number;
  system?: boolean;
  fileIds?: readonly number[];
  keyboard?: unknown;
  attach?: unknown;
  menu?: unknown;
  replyId?: number | undefined;
  skipConnector?: boolean;
  silentConnector?: boolean;
  urlPreview?: boolean;
  /** Default: now. */
  at?: number;
}

/** What a person in the chat would see. */
export interface SeenMessage {
  id: number;
  chatId: number;
  dialogId: string;
  authorId: number;
  /** `system` when the portal itself seems to speak. */
  author: 'client' | 'staff' | 'bot' | 'system';
  authorName: string;
  text: string;
  system: boolean;
  keyboard: unknown;
  attach: unknown;
  files: { id: number; name: string; size: number }[];
  replyId: number | undefined;
  urlPreview: boolean;
  edited: boolean;
  reactions: Readonly<Record<string, readonly number[]>>;
  /** In an open channel: whether the messenger of the client gets it. */
  reachesClient: boolean;
  sentByBot: number | undefined;
  at: number;
}

export const longestText = 20_000;
const cutMark = ' (...)';

/** Longer texts are not refused: the portal cuts them without a word. */
export function cutText(text: string): string {
  if (text.length <= longestText) return text;
  const characters = Array.from(text);
  return characters.length <= longestText ? text : characters.slice(0, longestText).join('') + cutMark;
}

export function addMessage(state: PortalState, chat: Chat, init: MessageInit): Message {
  const message: Message = {
    id: state.nextId('message'),
    chatId: chat.id,
    authorId: init.system === true ? 0 : init.authorId,
    sentByBot: init.sentByBot,
    at: init.at ?? state.now(),
    text: cutText(init.text),
    system: init.system ?? false,
    fileIds: [...(init.fileIds ?? [])],
    keyboard: init.keyboard,
    attach: init.attach,
    menu: init.menu,
    replyId: init.replyId,
    skipConnector: init.skipConnector ?? false,
    silentConnector: init.silentConnector ?? false,
    urlPreview: init.urlPreview ?? true,
    edited: false,
    deleted: false,
    reactions: new Map(),
  };
  state.messages.set(message.id, message);
  noteInSession(state, chat, message);
  if (init.sentByBot !== undefined) chat.typing = chat.typing.filter((mark) => mark.botId !== init.sentByBot);
  return message;
}

function noteInSession(state: PortalState, chat: Chat, { id, at }: Message): void {
  const session = state.sessions.get(chat.openLine?.session?.id ?? 0);
  if (!session) return;
  session.messageIds.push(id);
  session.updatedAt = Math.max(session.updatedAt, at);
}

export function messagesOf(state: PortalState, chat: Chat): Message[] {
  return [...state.messages.values()].filter((message) => message.chatId === chat.id && !message.deleted);
}

export function chatOfMessage(state: PortalState, message: Message): Chat {
  const chat = state.chats.get(message.chatId);
  if (!chat) throw new Error(`the chat of message ${message.id} is gone`);
  return chat;
}

export function seenMessage(state: PortalState, message: Message): SeenMessage {
  const chat = chatOfMessage(state, message);
  const files = message.fileIds.flatMap((id) => {
    const file = state.files.get(id);
    return file ? [{ id, name: file.name, size: file.bytes.length }] : [];
  });
  return {
    id: message.id,
    chatId: message.chatId,
    dialogId: dialogIdOf(chat),
    authorId: message.authorId,
    author: authorKind(state, message),
    authorName: state.users.get(message.authorId)?.name ?? '',
    text: message.text,
    system: message.system,
    keyboard: message.keyboard,
    attach: message.attach,
    files,
    replyId: message.replyId,
    urlPreview: message.urlPreview,
    edited: message.edited,
    reactions: Object.fromEntries([...message.reactions].map(([name, users]) => [name, [...users]])),
    reachesClient: reachesClient(state, chat, message),
    sentByBot: message.sentByBot,
    at: message.at,
  };
}

function authorKind(state: PortalState, message: Message): SeenMessage['author'] {
  const author = state.users.get(message.authorId);
  if (!author) return 'system';
  if (author.isBot) return 'bot';
  return author.isConnector ? 'client' : 'staff';
}

/** Client answers must be plain messages: system ones and notes stay with the staff. */
function reachesClient(state: PortalState, chat: Chat, message: Message): boolean {
  if (!chat.openLine || authorKind(state, message) === 'client') return false;
  const line = state.lines.get(chat.openLine.lineId);
  const keptInside =
    chat.openLine.silent || message.silentConnector || message.skipConnector || message.system;
  return !keptInside && line?.active === true;
}

import type { EventChat, EventUser } from './event';

/** Makes the chat of both generations one: what only one of them says about a private dialog is left out. */
export function unifiedChat(chat: EventChat): EventChat {
  // The documentation does not promise a type for an Open Channel in v2; the entity type decides.
  if (chat.entityType === 'LINES') return { ...chat, type: 'lines' };
  // v1 has no CHAT_* fields here, and BitBot's flows know no title of a private dialog. The person is in `user`.
  return chat.type === 'private' ? { ...chat, title: '', ownerId: null } : chat;
}

/** Command, join and edit events of v1 leave the flags out; the client of an Open Channel is known from its entity id. */
export function unifiedUser(user: EventUser, clientId: number | null | undefined): EventUser {
  const isClient = user.id !== null && user.id === clientId;
  return isClient ? { ...user, isConnector: true, isExtranet: true } : user;
}

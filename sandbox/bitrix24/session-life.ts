import { lineOf, openLineOf } from './chats';
import type { Chat, PortalState } from './state';

/** Who has the dialog of an open channel. */
export interface SessionLife {
  /** A person takes the dialog, by himself or because he is the next of the queue. */
  takeOver: (chat: Chat, userId: number) => void;
  /** The next free operator of a line gets the dialog; nobody, when the line has no operators. */
  toQueue: (chat: Chat, lineId: number) => void;
  close: (chat: Chat, at?: number) => void;
}

export function createSessionLife(state: PortalState): SessionLife {
  function takeOver(chat: Chat, userId: number): void {
    const { session } = openLineOf(chat);
    if (!session) throw new Error(`chat ${chat.id} has no open session`);
    session.operator = userId;
    state.sessions.get(session.id)?.operatorIds.push(userId);
    keepMembers(chat, (id) => id === userId || isClient(chat, id) || staysAfterHandOver(chat, id));
    chat.members.add(userId);
  }

  function staysAfterHandOver(chat: Chat, memberId: number): boolean {
    return state.bots.has(memberId) && lineOf(state, chat).botLeft === 'close';
  }

  return {
    takeOver,
    toQueue(chat, lineId) {
      const line = state.lines.get(lineId);
      if (!line) throw new Error(`no open channel ${lineId}`);
      openLineOf(chat).lineId = lineId;
      const operator = line.operators[line.turn % Math.max(1, line.operators.length)];
      line.turn += 1;
      if (operator !== undefined) return takeOver(chat, operator);
      const { session } = openLineOf(chat);
      if (session) session.operator = 'queue';
      keepMembers(chat, (id) => isClient(chat, id) || staysAfterHandOver(chat, id));
    },
    close(chat, at = state.now()) {
      const record = state.sessions.get(openLineOf(chat).session?.id ?? 0);
      if (record) Object.assign(record, { finishedAt: at, updatedAt: at });
      openLineOf(chat).session = undefined;
      keepMembers(chat, (id) => isClient(chat, id));
    },
  };
}

function isClient(chat: Chat, memberId: number): boolean {
  return openLineOf(chat).clientId === memberId;
}

function keepMembers(chat: Chat, stays: (id: number) => boolean): void {
  for (const id of [...chat.members]) if (!stays(id)) chat.members.delete(id);
}

import type { FinishedChat } from '../../lib/bitrix24/chats/finished-chat';
import type { ChatHistory, FoundChat } from '../../lib/bitrix24/chats/history';
import type { RowLabel } from '../../lib/sync/source';

/** What a session is called in lists: which one, by which connector, and whose. Of the client there is nothing. */
export interface ChatLabels {
  /** Who had it is known only when the session was read. */
  readonly note: (found: FoundChat, chat: Pick<FinishedChat, 'metadata'>) => void;
  readonly of: (found: FoundChat) => RowLabel;
}

export function createChatLabels(history: Pick<ChatHistory, 'label'>): ChatLabels {
  const operators = new WeakMap<FoundChat, string>();
  return {
    note(found, { metadata }) {
      const { operator_id: id, operator_name: name } = metadata;
      // Nobody had it, and SpeechSense wants to be told something all the same.
      if (id !== 'operator' && typeof name === 'string') operators.set(found, name);
    },
    of(found) {
      const { title, ...rest } = history.label(found);
      const people = [found.activity.connector, operators.get(found) ?? ''].filter((who) => who !== '');
      return { ...rest, title: people.length > 0 ? `${title}, ${people.join(' → ')}` : title };
    },
  };
}

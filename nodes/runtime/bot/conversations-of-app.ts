import { textAt } from '../../../lib/core/fields';
import type { Conversations, OpenConversation } from './conversations';

export interface AppOfConversations {
  /** Tells the app from others. */
  readonly appKey: string;
  /** Another app of ours has talked in the same dialog. Told once. */
  readonly onShared: () => void;
}

/**
 * All bots keep the id of a dialog's conversation under one key. An app that is given the id of another only loses its
 * own by it: with the id, whose it is is noted. An id without a note may be anybody's and is used.
 */
export function conversationsOfApp(inConversation: Conversations, app: AppOfConversations): Conversations {
  let isTold = false;

  function ownOnly(conversation: OpenConversation): OpenConversation {
    const { id, state } = conversation;
    const isNoted = id !== undefined && textAt(state, 'conversationId') === id;
    const owner = isNoted ? textAt(state, 'app') : undefined;
    const isForeign = owner !== undefined && owner !== app.appKey;
    if (isForeign && !isTold) {
      isTold = true;
      app.onShared();
    }
    return {
      ...conversation,
      id: isForeign ? undefined : id,
      noteId(told) {
        conversation.noteId(told);
        if (told === id && owner === app.appKey) return;
        conversation.noteState({ app: app.appKey, conversationId: told });
      },
    };
  }

  return (message, dialog, signal, work) =>
    inConversation(message, dialog, signal, (conversation) =>
      work(conversation.isKept ? ownOnly(conversation) : conversation),
    );
}

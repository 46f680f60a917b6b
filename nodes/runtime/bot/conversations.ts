import type { DialogNames, DialogTemplate } from '../../../lib/conversation/session/dialog-names';
import type { Session, Sessions } from '../../../lib/conversation/session/sessions';
import { at, textAt } from '../../../lib/core/fields';
import { createTurns } from '../../../lib/core/turns';
import { systemClock } from '../../../lib/core/clock';
import type { StoreSource } from '../../../lib/store/store';
import { inTurnOfAll } from '../../../lib/store/turn-of-all';
import type { Message } from '../shell';

/** A conversation while one message of it is answered. */
export interface OpenConversation {
  readonly id: string | undefined;
  readonly sessionKey: string | undefined;
  /** Whether the id is in the store of the node: without one, the next run begins a conversation. */
  readonly isKept: boolean;
  /** What was noted with the last message. */
  readonly state: unknown;
  /** As soon as the id is known: a run that fails later has been part of the conversation all the same. */
  noteId: (id: string) => void;
  /** Plain JSON. */
  noteState: (state: unknown) => void;
  /** The next message begins a new one. What was noted besides stays. */
  end: () => void;
}

export type Conversations = <T>(
  message: Message,
  dialog: DialogNames | undefined,
  signal: AbortSignal,
  work: (conversation: OpenConversation) => Promise<T>,
) => Promise<T>;

export const sessionModes = ['auto', 'message', 'none'] as const;

export interface KeptConversations {
  readonly store: StoreSource;
  readonly sessions: Sessions;
  readonly keyOf: DialogTemplate;
  /** The answer is worth more than the memory of it. */
  readonly onUnsaved: (error: unknown) => void;
}

/** Of the process: two messages of one dialog may reach different nodes. Other processes are waited for by the store. */
const turns = createTurns();

/** Each message by itself. */
export const noConversations: Conversations = (_message, _dialog, _signal, work) => {
  const nothing = (): void => undefined;
  const notes = { noteId: nothing, noteState: nothing, end: nothing };
  return work({ id: undefined, state: undefined, sessionKey: undefined, isKept: false, ...notes });
};

/** The flow keeps the session: it comes in `msg.session` and goes out there. */
export const conversationsOfMessages: Conversations = async (message, _dialog, _signal, work) => {
  const before = textAt(message.session, 'id');
  let id = before;
  let state = at(message.session, 'state');
  const conversation: OpenConversation = {
    id,
    state,
    sessionKey: textAt(message.session, 'key'),
    isKept: false,
    noteId: (told) => void (id = told),
    noteState: (told) => void (state = told),
    end: () => void (id = undefined),
  };
  try {
    return await work(conversation);
  } finally {
    const isNew = id !== undefined && id !== before;
    const isKnown = id !== undefined || before !== undefined || state !== undefined;
    if (isKnown)
      message.session = { ...fieldsOf(message.session), id, isNew, ...(state !== undefined && { state }) };
  }
};

/** The store keeps the id, under the key of the dialog. What belongs to no dialog is left to the flow. */
export function keptConversations({ store, sessions, keyOf, onUnsaved }: KeptConversations): Conversations {
  return async (message, dialog, signal, work) => {
    const key = keyOf(dialog);
    if (key === undefined) return conversationsOfMessages(message, dialog, signal, work);
    // From reading the id to writing it: two first messages must not begin two conversations.
    const turn = await turns.take([key], signal);
    try {
      const place = { name: `conversation:${key}`, clock: systemClock, signal };
      return await inTurnOfAll(await store(), place, () => withSession(key, message, work));
    } finally {
      turn.release();
    }
  };

  async function withSession<T>(
    key: string,
    message: Message,
    work: (conversation: OpenConversation) => Promise<T>,
  ): Promise<T> {
    const before = await sessions.load(key);
    let session: Session = before;
    let saving: Promise<void> | undefined;
    const note = (next: Session): void => {
      const last = session;
      session = next;
      saving ??= Promise.resolve();
      if (next !== last) saving = saving.then(() => sessions.note(last, next)).catch(onUnsaved);
    };
    const conversation: OpenConversation = {
      id: before.id,
      state: before.state,
      sessionKey: key,
      isKept: true,
      noteId: (id) => note(sessions.withId(session, id)),
      noteState: (state) => note({ ...session, state }),
      end: () => note({ ...session, id: undefined, startedAt: undefined }),
    };
    try {
      return await work(conversation);
    } finally {
      // Once for each message, however often something was noted.
      await saving?.then(() => sessions.lengthen(before, session)).catch(onUnsaved);
      const { id, startedAt } = session;
      const isNew = id === undefined || id !== before.id;
      message.session = { key, id, isNew, ...(startedAt !== undefined && { startedAt }) };
    }
  }
}

/** Without what was noted before: that has been read, and may be gone by now. */
function fieldsOf(session: unknown): object {
  if (typeof session !== 'object' || session === null) return {};
  return Object.fromEntries(Object.entries(session).filter(([name]) => name !== 'state'));
}

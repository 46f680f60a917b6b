import { at, flagAt, textAt } from '../../lib/core/fields';
import type { Part } from '../../lib/core/parts';
import type { TypebotClient } from '../../lib/typebot/client';
import type { TurnOptions, TypebotTurn } from '../../lib/typebot/request';
import { readStoredSession, type TypebotSession } from '../../lib/typebot/session';
import type { OpenConversation } from '../runtime/bot/conversations';
import type { Message } from '../runtime/shell';
import { isGreeting, saidIn } from './said';

export interface TalkRules {
  sendsFiles: boolean;
  afterEnd: 'restart' | 'silent';
}

export interface Spoken {
  text: string;
  variables: Record<string, unknown>;
}

/** What is kept of a dialog besides the id of its session. Plain JSON. */
interface DialogState {
  session?: TypebotSession;
  /** Somebody has asked the bot to be silent, or it has come to its end and stays there. */
  isSilent?: true;
}

export interface TalkOptions extends Omit<TurnOptions, 'variables' | 'onProgress' | 'dialogKey'> {
  /** What the bot has said so far; it will not say it again when the turn fails later. */
  onParts: (parts: readonly Part[]) => void;
}

/** One message in the conversation that the dialog has. Nothing comes of what is not for the bot. */
export async function talkInDialog(
  client: TypebotClient,
  message: Message,
  conversation: OpenConversation,
  rules: TalkRules,
  read: () => Promise<Spoken>,
  options: TalkOptions,
): Promise<TypebotTurn | undefined> {
  const state = readState(conversation, client.publicId);
  const action = textAt(message, 'action');
  if (action === 'pause' || action === 'resume') {
    conversation.noteState({ ...state, isSilent: action === 'pause' ? true : undefined });
    return undefined;
  }
  if (action === 'delete') {
    conversation.end();
    conversation.noteState(undefined);
    return undefined;
  }
  const isStart = action === 'start' || action === 'restart';
  if (state.isSilent && !isStart) return undefined;
  const { text, variables } = await read();
  const turn = await take();
  keep(turn.session);
  return turn;

  function keep(session: TypebotSession | undefined): void {
    if (session) conversation.noteId(session.id);
    else conversation.end();
    if (session) conversation.noteState({ session });
    else conversation.noteState(rules.afterEnd === 'silent' ? { isSilent: true } : undefined);
  }

  function take(): Promise<TypebotTurn> {
    const { bitrix } = message;
    const { session } = state;
    const { onParts, ...plain } = options;
    const turnOptions: TurnOptions = {
      ...plain,
      variables,
      ...(conversation.sessionKey !== undefined && { dialogKey: conversation.sessionKey }),
      onProgress(soFar) {
        keep(soFar.session);
        onParts(soFar.parts);
      },
    };
    if (action === 'webhook' && session?.waits === 'webhook') {
      return client.resume(session, message.payload, turnOptions);
    }
    if (isStart || isGreeting(message, text)) return client.start(turnOptions);
    const name = textAt(bitrix, 'command', 'name');
    if (textAt(bitrix, 'kind') === 'command' && name !== undefined) {
      const params = textAt(bitrix, 'command', 'params');
      return client.command(session, { name, ...(params !== undefined && { params }) }, turnOptions);
    }
    const said = saidIn(message, text, rules.sendsFiles);
    return session ? client.answer(session, said, turnOptions) : client.start({ ...turnOptions, said });
  }
}

/** Of another bot's conversation, which had this dialog before, nothing is known here. */
function readState({ id, state }: OpenConversation, publicId: string): DialogState {
  const kept = readStoredSession(at(state, 'session'));
  const session = kept && kept.id === id ? kept : readStoredSession(id);
  const isOurs = session !== undefined && (session.publicId === '' || session.publicId === publicId);
  return {
    ...(isOurs && { session }),
    ...(flagAt(state, 'isSilent') && { isSilent: true as const }),
  };
}

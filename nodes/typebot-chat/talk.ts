import { InvalidError } from '../../lib/core/errors';
import { at, textAt } from '../../lib/core/fields';
import type { Part } from '../../lib/core/parts';
import type { TypebotClient } from '../../lib/typebot/client';
import type { TurnOptions, TypebotTurn } from '../../lib/typebot/request';
import { readStoredSession, type TypebotSession } from '../../lib/typebot/session';
import type { OpenConversation } from '../runtime/bot/conversations';
import type { Message } from '../runtime/shell';
import { isGreeting, isJoin, saidIn } from './said';

export interface TalkRules {
  sendsFiles: boolean;
  afterEnd: 'restart' | 'silent';
}

/** What the flow gives with a message; not every message needs it. */
export interface Reading {
  text: () => Promise<string>;
  variables: () => Promise<Record<string, unknown>>;
}

/** `paused`: the flow wants it. `ended`: the bot has come to its end and stays there. */
type Silence = 'paused' | 'ended';

/** What is kept of a dialog besides the id of its session. Plain JSON. */
interface DialogState {
  session?: TypebotSession;
  silence?: Silence;
}

export interface TalkOptions extends Omit<TurnOptions, 'variables' | 'onProgress' | 'dialogKey'> {
  /** What the bot has said so far; it will not say it again when the turn fails later. */
  onParts: (parts: readonly Part[]) => void;
}

const silentActions: readonly unknown[] = ['pause', 'resume', 'delete'];

/** Whether the flow only tells how the conversation goes on, so that nothing can be said over anybody's head. */
export function isOnlyNoted({ action }: Message): boolean {
  return silentActions.includes(action);
}

/** One message in the conversation that the dialog has. Nothing comes of what is not for the bot. */
export function talkInDialog(
  client: TypebotClient,
  message: Message,
  conversation: OpenConversation,
  rules: TalkRules,
  read: Reading,
  options: TalkOptions,
): Promise<TypebotTurn | undefined> {
  const state = readState(conversation, client.publicId);
  const { session } = state;
  const action = textAt(message, 'action');
  if (action === 'pause') note({ ...state, silence: 'paused' });
  if (action === 'resume') note(session && { session });
  if (action === 'delete') {
    conversation.end();
    note(undefined);
  }
  const isStart = action === 'start' || action === 'restart';
  const isSilent = isOnlyNoted(message) || (!isStart && isKeptSilent(message, state));
  if (isSilent) return Promise.resolve(undefined);
  return take().then((turn) => {
    keep(turn.session);
    return turn;
  });

  function note(next: DialogState | undefined): void {
    conversation.noteState(next);
  }

  function keep(now: TypebotSession | undefined): void {
    if (now) conversation.noteId(now.id);
    else conversation.end();
    if (now) note({ session: now });
    else note(rules.afterEnd === 'silent' ? { silence: 'ended' } : undefined);
  }

  async function take(): Promise<TypebotTurn> {
    const { onParts, ...plain } = options;
    const turnOptions: TurnOptions = {
      ...plain,
      variables: await read.variables(),
      ...(conversation.sessionKey !== undefined && { dialogKey: conversation.sessionKey }),
      onProgress(soFar) {
        keep(soFar.session);
        onParts(soFar.parts);
      },
    };
    if (action === 'webhook') return client.resume(session ?? nobodyWaits(), message.payload, turnOptions);
    if (isStart) return client.start(turnOptions);
    return takeWords(await read.text(), turnOptions);
  }

  function takeWords(text: string, turnOptions: TurnOptions): Promise<TypebotTurn> {
    const { bitrix } = message;
    if (isGreeting(message, text)) return client.start(turnOptions);
    const name = textAt(bitrix, 'command', 'name');
    if (textAt(bitrix, 'kind') === 'command' && name !== undefined) {
      const params = textAt(bitrix, 'command', 'params');
      return client.command(session, { name, ...(params !== undefined && { params }) }, turnOptions);
    }
    const said = saidIn(message, text, rules.sendsFiles);
    return session ? client.answer(session, said, turnOptions) : client.start({ ...turnOptions, said });
  }
}

/** A bot that has come to its end is there again for whoever brings it in anew. */
function isKeptSilent(message: Message, { silence }: DialogState): boolean {
  return silence === 'paused' || (silence === 'ended' && !isJoin(message));
}

function nobodyWaits(): never {
  throw new InvalidError('INPUT_INVALID', 'the bot waits for no webhook', { params: { what: 'msg.action' } });
}

/** Of another bot's conversation, which had this dialog before, nothing is known here. */
function readState({ id, state }: OpenConversation, publicId: string): DialogState {
  const kept = readStoredSession(at(state, 'session'));
  const session = kept && kept.id === id ? kept : readStoredSession(id);
  const isOurs = session !== undefined && (session.publicId === '' || session.publicId === publicId);
  const silence = at(state, 'silence');
  return {
    ...(isOurs && { session }),
    ...((silence === 'paused' || silence === 'ended') && { silence }),
  };
}

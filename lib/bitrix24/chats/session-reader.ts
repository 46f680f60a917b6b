import { RefusedError } from '../../core/errors';
import { idAt } from '../../core/fields';
import type { PortalRest } from '../rest/portal';
import type { ChatActivity } from './activity';
import { readDialogCard, readDialogPage, readHistoryAnswer, type DialogCard } from './session-answers';
import type { Person, SaidMessage, SpokenSession } from './spoken-session';

export const historyMethod = 'imopenlines.session.history.get';
const longestPage = 50;
/** A session of more messages than these pages hold is cut at its beginning. */
const mostPages = 400;
/** The activity is written a moment after the first message, and completed a moment before or after the last. */
const marginMs = 60_000;

export type ReadSession = (
  activity: Pick<ChatActivity, 'sessionId' | 'startedAt' | 'endedAt'>,
  signal: AbortSignal,
) => Promise<SpokenSession>;

/** What was said in a session; by way of its whole chat, when the portal does not give the history of sessions. */
export function createSessionReader({ rest }: { rest: Pick<PortalRest, 'ask'> }): ReadSession {
  async function ask(
    method: string,
    params: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<unknown> {
    return (await rest.ask(method, params, { idempotent: true, signal })).result;
  }

  return async (activity, signal) => {
    const { sessionId } = activity;
    if (sessionId === undefined) throw oddAnswer('no session');
    try {
      const result = await ask(historyMethod, { SESSION_ID: sessionId }, signal);
      const session = readHistoryOf(sessionId, result);
      if (!session) throw oddAnswer('another session');
      return session;
    } catch (error) {
      if (!isClosed(error)) throw error;
      const read = await readByChat(activity, sessionId, signal);
      if (!read) throw error;
      return read;
    }
  };

  /** Only for members of the chat. Undefined: that way is closed too, and the first refusal says more. */
  async function readByChat(
    { startedAt, endedAt }: Pick<ChatActivity, 'startedAt' | 'endedAt'>,
    sessionId: number,
    signal: AbortSignal,
  ): Promise<SpokenSession | undefined> {
    const first = Date.parse(startedAt) - marginMs;
    // Without its bounds the session cannot be told from the ones before and after it.
    if (Number.isNaN(first)) return undefined;
    try {
      const card = readDialogCard(await ask('imopenlines.dialog.get', { SESSION_ID: sessionId }, signal));
      const last = endedAt === '' ? openEnd(sessionId, card) : Date.parse(endedAt) + marginMs;
      if (card.chatId === undefined || Number.isNaN(last)) return undefined;
      const { people, messages } = await readBack(card.chatId, first, signal);
      return { ...card, people, messages: messages.filter(({ at }) => at >= first && at <= last) };
    } catch (error) {
      if (error instanceof RefusedError && !isPassing(error)) return undefined;
      throw error;
    }
  }

  async function readBack(chatId: number, first: number, signal: AbortSignal) {
    const people = new Map<string, Person>();
    const messages = new Map<number, SaidMessage>();
    let oldest: number | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const behind = oldest === undefined ? {} : { LAST_ID: oldest };
      const params = { DIALOG_ID: `chat${chatId}`, LIMIT: longestPage, ...behind };
      const read = readDialogPage(await ask('im.dialog.messages.get', params, signal));
      for (const [id, person] of read.people) people.set(id, person);
      const fresh = read.messages.filter(({ id }) => oldest === undefined || id < oldest);
      for (const message of fresh) messages.set(message.id, message);
      oldest = Math.min(...fresh.map(({ id }) => id), oldest ?? Infinity);
      if (fresh.length === 0 || fresh.some(({ at }) => at < first)) break;
    }
    return { people, messages: [...messages.values()] };
  }
}

/** Of a session whose end nobody told: all that was said since is its own, as long as no other has followed. */
function openEnd(sessionId: number, { currentSessionId }: DialogCard): number {
  return currentSessionId === 0 || currentSessionId === sessionId ? Infinity : NaN;
}

/** Undefined when it is that of another session: the portal may have passed over the id. */
export function readHistoryOf(sessionId: number, result: unknown): SpokenSession | undefined {
  const told = idAt(result, 'sessionId');
  return told === undefined || told === sessionId ? readHistoryAnswer(result) : undefined;
}

/** The person in whose name it is asked may not see this line, or the key of the portal has no such permission. */
function isClosed(error: unknown): boolean {
  if (!(error instanceof RefusedError)) return false;
  return error.code === 'BITRIX_AUTH' || error.serviceCode === 'ERROR_METHOD_NOT_FOUND';
}

function isPassing({ code }: RefusedError): boolean {
  return code === 'BITRIX_RATE_LIMIT' || code === 'BITRIX_OVERLOADED';
}

function oddAnswer(reason: string): RefusedError {
  return new RefusedError('BITRIX_REFUSED', `${historyMethod}: ${reason}`, {
    params: { method: historyMethod, reason },
  });
}

import { CancelledError } from '../../core/errors';
import type { BatchCommand, PortalRest } from '../rest/portal';
import { historyMethod, readHistoryOf, type ReadSession } from './session-reader';
import type { SpokenSession } from './spoken-session';

/** Sessions that are read together, because they are wanted soon after each other. */
export interface SessionGroup {
  readonly sessionIds: readonly number[];
}

/** In one request; their messages are in memory until each is taken. */
const mostAtOnce = 10;

export function groupsOf(sessionIds: readonly number[]): Map<number, SessionGroup> {
  const groups = new Map<number, SessionGroup>();
  for (let start = 0; start < sessionIds.length; start += mostAtOnce) {
    const group = { sessionIds: sessionIds.slice(start, start + mostAtOnce) };
    for (const id of group.sessionIds) groups.set(id, group);
  }
  return groups;
}

/**
 * Reads a whole group with the first of its sessions: alone each would take a request, of which a portal allows two a
 * second. Whatever a group does not give is asked for alone, which waits for limits and says what is wrong.
 */
export function createGroupReader(
  rest: Pick<PortalRest, 'batch'>,
  readAlone: ReadSession,
): (
  activity: Parameters<ReadSession>[0],
  group: SessionGroup | undefined,
  signal: AbortSignal,
) => Promise<SpokenSession> {
  const begun = new WeakMap<SessionGroup, Promise<Map<number, SpokenSession>>>();

  return async (activity, group, signal) => {
    const { sessionId } = activity;
    if (sessionId === undefined || !group || group.sessionIds.length < 2) return readAlone(activity, signal);
    const reading = begun.get(group) ?? readGroup(group, signal);
    begun.set(group, reading);
    const sessions = await reading;
    const found = sessions.get(sessionId);
    // Another try is about what the session is by then.
    sessions.delete(sessionId);
    return found ?? readAlone(activity, signal);
  };

  async function readGroup(
    { sessionIds }: SessionGroup,
    signal: AbortSignal,
  ): Promise<Map<number, SpokenSession>> {
    const commands = sessionIds.map((id): BatchCommand => ({
      key: `s${id}`,
      method: historyMethod,
      params: { SESSION_ID: id },
    }));
    const outcomes = await rest.batch(commands, { idempotent: true, signal });
    if (signal.aborted) throw new CancelledError();
    const sessions = new Map<number, SpokenSession>();
    for (const id of sessionIds) {
      const outcome = outcomes.get(`s${id}`);
      const session = outcome && 'answer' in outcome ? readHistoryOf(id, outcome.answer.result) : undefined;
      if (session) sessions.set(id, session);
    }
    return sessions;
  }
}

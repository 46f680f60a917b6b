import { RefusedError } from '../../core/errors';
import { rowsOf } from '../calls/statistics';
import type { PortalRest } from '../rest/portal';
import { chatProvider, readActivity, type ChatActivity } from './activity';
import { createFilterKeeper, type ChatFilter, type ChatFilterSettings } from './chat-filter';
import type { ChatHistory, ChatRow } from './history';
import { groupsOf } from './session-groups';
import type { SessionNote, SessionNotes } from './session-notes';

export interface NotedHistoryOptions {
  readonly rest: Pick<PortalRest, 'ask' | 'call'>;
  readonly notes: Pick<SessionNotes, 'after' | 'byNumbers'>;
  readonly filter: ChatFilterSettings;
  readonly now: () => number;
}

const pageLength = 50;
/** Whoever may not look into the CRM gets nothing out of it by way of activities either. */
const withoutCrm: ReadonlySet<string> = new Set([
  ...['ACCESS_DENIED', 'INSUFFICIENT_SCOPE', 'ERROR_METHOD_NOT_FOUND'],
]);

/**
 * The sessions that were noted, in the order of their notes. Those of which the CRM has an activity are left to whoever
 * reads the activities. Whether a session is over, only reading it shows.
 */
export function createNotedHistory({ rest, notes, filter: settings, now }: NotedHistoryOptions): ChatHistory {
  const prepare = createFilterKeeper({ rest, filter: settings, now });

  async function rowsFor(found: readonly SessionNote[], signal: AbortSignal): Promise<ChatRow[]> {
    if (found.length === 0) return [];
    const filter = await prepare(signal);
    const inCrm = await sessionsInCrm(found, signal);
    const rows = found.map((note) => ({ note, isInCrm: inCrm.has(note.sessionId) }));
    const wanted = rows.filter(({ note, isInCrm }) => !isInCrm && isWanted(note, filter));
    const groups = groupsOf(wanted.map(({ note }) => note.sessionId));
    return rows.map(({ note, isInCrm }) => ({
      id: note.number,
      item: {
        ...{ activity: standIn(note), filter, noted: { isInCrm } },
        group: groups.get(note.sessionId),
      },
    }));
  }

  async function sessionsInCrm(found: readonly SessionNote[], signal: AbortSignal): Promise<Set<number>> {
    const ids = found.map(({ sessionId }) => sessionId);
    const params = {
      filter: { PROVIDER_ID: chatProvider, ASSOCIATED_ENTITY_ID: ids },
      select: ['ID', 'PROVIDER_ID', 'ASSOCIATED_ENTITY_ID'],
      order: { ID: 'ASC' },
      start: -1,
    };
    try {
      const { result } = await rest.ask('crm.activity.list', params, { idempotent: true, signal });
      const activities = rowsOf(result).flatMap((row) => readActivity(row) ?? []);
      return new Set(activities.flatMap(({ isChat, sessionId }) => (isChat && sessionId) || []));
    } catch (error) {
      if (error instanceof RefusedError && withoutCrm.has(error.serviceCode?.toUpperCase() ?? '')) {
        return new Set();
      }
      throw error;
    }
  }

  return {
    count: async (after) => (await notes.after(after)).length,
    async *pagesAfter(after, signal) {
      const found = await notes.after(after);
      for (let start = 0; start < found.length; start += pageLength) {
        yield await rowsFor(found.slice(start, start + pageLength), signal);
      }
    },
    byIds: async (ids, signal) => rowsFor(await notes.byNumbers(ids), signal),
    judge: ({ activity, filter, noted }) => (noted?.isInCrm === true ? 'unwanted' : filter.judge(activity)),
    // Without a date: for all that is known here the session may go on.
    label: ({ activity: { sessionId } }) => ({ title: `session ${sessionId}` }),
  };
}

function isWanted(note: SessionNote, filter: ChatFilter): boolean {
  return filter.judge(standIn(note)) === 'wanted';
}

/** The note in the form of the activity that is not there. Its time is a little behind the beginning of the session. */
function standIn({ number, sessionId, at, line }: SessionNote): ChatActivity {
  return {
    ...{ id: number, sessionId, line, isChat: true, isCompleted: true, connector: '', endedAt: '' },
    startedAt: new Date(at).toISOString(),
    ...{ responsibleId: undefined, owner: undefined },
  };
}

import { CancelledError, InvalidError } from '../../core/errors';
import type { CallParams, PortalRest, RestAnswer } from '../rest/portal';
import { rowsOf } from '../calls/statistics';
import { activityFields, chatProvider, readActivity, type ChatActivity } from './activity';
import { groupsOf, type SessionGroup } from './session-groups';
import {
  createFilterKeeper,
  type ChatFilter,
  type ChatFilterSettings,
  type ChatVerdict,
} from './chat-filter';

export interface ChatHistoryOptions {
  readonly rest: Pick<PortalRest, 'ask' | 'call' | 'list'>;
  readonly filter: ChatFilterSettings;
  readonly now: () => number;
}

/** An activity, and the filter that it was asked for by. */
export interface FoundChat {
  readonly activity: ChatActivity;
  readonly filter: ChatFilter;
  /** Undefined for a session that is not wanted. */
  readonly group: SessionGroup | undefined;
  /** Of a session that was noted: the activity stands for a note then, and its id is the number of that. */
  readonly noted?: { readonly isInCrm: boolean };
}

export interface ChatRow {
  readonly id: number;
  readonly item: FoundChat;
}

/**
 * The sessions of a portal by growing id of their activities. A session that goes on is late: its activity is there
 * from the beginning, and is completed with it.
 */
export interface ChatHistory {
  count(after: number, signal: AbortSignal): Promise<number | undefined>;
  pagesAfter(after: number, signal: AbortSignal): AsyncIterable<readonly ChatRow[]>;
  byIds(ids: readonly number[], signal: AbortSignal): Promise<readonly ChatRow[]>;
  judge(found: FoundChat): ChatVerdict;
  label(found: FoundChat): { title: string; at?: number };
}

const method = 'crm.activity.list';

export function createChatHistory({ rest, filter: settings, now }: ChatHistoryOptions): ChatHistory {
  const prepare = createFilterKeeper({ rest, filter: settings, now });

  function ask(params: CallParams, signal: AbortSignal): Promise<RestAnswer> {
    return rest.ask(method, params, { idempotent: true, signal });
  }

  return {
    async count(after, signal) {
      const { sent } = await prepare(signal);
      try {
        const params = { filter: behind(sent, after), select: ['ID'], order: { ID: 'ASC' }, start: 0 };
        const { total, result } = await ask(params, signal);
        return total === undefined || total < rowsOf(result).length ? undefined : total;
      } catch (error) {
        if (signal.aborted || error instanceof CancelledError) throw error;
        // Counting is for show; whatever is the matter, the reading will say it.
        return undefined;
      }
    },
    async *pagesAfter(after, signal) {
      const filter = await prepare(signal);
      const params = { filter: behind(filter.sent, after), select: activityFields };
      // A page in a request: each session takes a request of its own anyway.
      for await (const { rows } of rest.list(method, params, { signal })) yield foundIn(rows, filter);
    },
    async byIds(ids, signal) {
      const filter = await prepare(signal);
      const wanted = { PROVIDER_ID: chatProvider, ID: [...ids] };
      const { result } = await ask(
        { filter: wanted, select: activityFields, order: { ID: 'ASC' }, start: -1 },
        signal,
      );
      // Any other is given on as well: a portal that passes over the ids must not make those look deleted.
      return foundIn(rowsOf(result), filter);
    },
    judge({ activity, filter }) {
      const verdict = filter.judge(activity);
      if (verdict === 'wanted' && activity.sessionId === undefined) throw nameless();
      return verdict;
    },
    label({ activity: { id, sessionId, isCompleted, startedAt } }) {
      const ms = Date.parse(startedAt);
      const title = sessionId === undefined ? `activity ${id}` : `session ${sessionId}`;
      // Of one that goes on it would say how long to wait: a session of weeks is waited for like any other.
      return { title, ...(isCompleted && !Number.isNaN(ms) && { at: ms }) };
    },
  };
}

/** A filter by nothing is not sent: an empty value could mean anything. */
function behind(sent: ChatFilter['sent'], after: number): Record<string, unknown> {
  return after === 0 ? { ...sent } : { ...sent, '>ID': String(after) };
}

function foundIn(rows: readonly unknown[], filter: ChatFilter): ChatRow[] {
  const activities = rows.flatMap((row) => readActivity(row) ?? []);
  const wanted = activities.filter((activity) => filter.judge(activity) === 'wanted');
  const groups = groupsOf(wanted.flatMap(({ sessionId }) => sessionId ?? []));
  return activities.map((activity) => ({
    id: activity.id,
    item: { activity, filter, group: groups.get(activity.sessionId ?? 0) },
  }));
}

function nameless(): InvalidError {
  return new InvalidError('INPUT_INVALID', 'the activity does not say which session it is about', {
    params: { what: 'ASSOCIATED_ENTITY_ID' },
  });
}

import type { SessionRecord } from '../history/session-record';
import type { MethodAnswer, MethodCall } from '../call';
import { entityId, openLineOf } from '../chats';
import { operators, readFilter, type Fields } from '../filtering';
import { pageOf } from '../paging';
import { listOf, mapOf, textOf, upperKeys } from '../../shared/params';
import { isoStamp } from '../stamp';
import type { PortalState } from '../state';
import { crmItem } from './client-items';
import { entityTypeIds } from './items';
import { selected } from './timeline';

/** The activities that the portal makes of Open Channel sessions: completed when the session is finished. */

const provider = 'IMOPENLINES_SESSION';

const fields: Fields<SessionRecord> = {
  ID: { kind: 'number', read: (session) => session.activityId },
  OWNER_TYPE_ID: { kind: 'number', read: ({ owner }) => (owner ? entityTypeIds[owner.type] : null) },
  OWNER_ID: { kind: 'number', read: ({ owner }) => owner?.id ?? null },
  TYPE_ID: { kind: 'number', read: () => 6 },
  PROVIDER_ID: { kind: 'text', read: () => provider },
  PROVIDER_TYPE_ID: { kind: 'text', read: (session) => String(session.lineId) },
  ASSOCIATED_ENTITY_ID: { kind: 'number', read: (session) => session.id },
  COMPLETED: { kind: 'text', read: (session) => completed(session) },
  RESPONSIBLE_ID: { kind: 'number', read: responsible },
  CREATED: { kind: 'date', read: (session) => whole(session.startedAt) },
  LAST_UPDATED: { kind: 'date', read: (session) => whole(session.updatedAt) },
  START_TIME: { kind: 'date', read: (session) => whole(session.startedAt) },
  END_TIME: { kind: 'date', read: (session) => whole(session.finishedAt ?? session.startedAt) },
};

export function activityList(state: PortalState, { params }: MethodCall): MethodAnswer {
  const given = upperKeys(params);
  const conditions = readFilter(given['FILTER'], fields, [...operators, '@']);
  const select = listOf(given['SELECT']).map((name) => textOf(name) ?? '');
  const found = [...state.sessions.values()]
    .filter((session) => session.hasActivity && conditions.every((condition) => condition.holds(session)))
    .sort(byOrder(mapOf(given['ORDER']) ?? {}));
  const { result, ...counted } = pageOf(found, given);
  const rows = listOf(result).filter((one): one is SessionRecord => found.some((session) => session === one));
  return { result: rows.map((session) => selected(activity(state, session), select)), ...counted };
}

function byOrder(
  order: Readonly<Record<string, unknown>>,
): (one: SessionRecord, other: SessionRecord) => number {
  const [[name, direction] = ['ID', 'ASC']] = Object.entries(upperKeys(order));
  const read = fields[name]?.read ?? ((session: SessionRecord) => session.activityId);
  const sign = /^desc$/i.test(textOf(direction) ?? '') ? -1 : 1;
  return (one, other) => {
    const [first, second] = [read(one) ?? 0, read(other) ?? 0];
    if (first === second) return one.activityId - other.activityId;
    return first < second ? -sign : sign;
  };
}

function activity(state: PortalState, session: SessionRecord): Readonly<Record<string, unknown>> {
  const { owner } = session;
  const chat = state.chats.get(session.chatId);
  const userCode = chat ? `imol|${entityId(openLineOf(chat))}` : '';
  const item = owner && crmItem(state, owner.type, owner.id);
  return {
    ID: String(session.activityId),
    OWNER_ID: String(owner?.id ?? 0),
    OWNER_TYPE_ID: String(owner ? entityTypeIds[owner.type] : 0),
    TYPE_ID: '6',
    PROVIDER_ID: provider,
    PROVIDER_TYPE_ID: String(session.lineId),
    ASSOCIATED_ENTITY_ID: String(session.id),
    PROVIDER_PARAMS: { USER_CODE: userCode },
    SUBJECT: `Chat: ${chat?.title ?? ''}`,
    DESCRIPTION: '',
    DIRECTION: '1',
    COMPLETED: completed(session),
    STATUS: session.finishedAt === undefined ? '1' : '2',
    RESPONSIBLE_ID: String(responsible(session)),
    CREATED: isoStamp(session.startedAt),
    LAST_UPDATED: isoStamp(session.updatedAt),
    START_TIME: isoStamp(session.startedAt),
    END_TIME: isoStamp(session.finishedAt ?? session.startedAt),
    COMMUNICATIONS: [
      {
        ID: String(session.activityId),
        TYPE: 'IM',
        VALUE: userCode,
        ENTITY_ID: String(owner?.id ?? 0),
        ENTITY_TYPE_ID: String(owner ? entityTypeIds[owner.type] : 0),
        ENTITY_SETTINGS: { NAME: item?.name ?? '', LAST_NAME: item?.lastName ?? '' },
      },
    ],
    FILES: [],
  };
}

function completed(session: SessionRecord): 'Y' | 'N' {
  return session.finishedAt === undefined ? 'N' : 'Y';
}

function responsible(session: SessionRecord): number {
  return session.operatorIds.at(-1) ?? 1;
}

/** As it is shown: to the second. */
function whole(at: number): number {
  return Math.floor(at / 1000) * 1000;
}

import type { Field, FieldValue, Fields } from '../filtering';
import { isoStamp } from '../stamp';
import type { CallCard, RecordCard } from './call-card';

/** The recording, from the moment on at which the portal has it. */
export function recordAt(card: CallCard, now: number): RecordCard | undefined {
  return card.record && card.record.readyAt <= now ? card.record : undefined;
}

const number = (read: (card: CallCard) => number | null): Field<CallCard> => ({ kind: 'number', read });
const text = (read: (card: CallCard) => string | null): Field<CallCard> => ({ kind: 'text', read });

/** What can be filtered by. RECORD_FILE_ID cannot. */
export function callFields(now: () => number): Fields<CallCard> {
  return {
    ID: number((card) => card.id),
    PORTAL_USER_ID: number((card) => card.operatorId),
    PORTAL_NUMBER: text((card) => card.portalNumber),
    PHONE_NUMBER: text((card) => card.phone),
    CALL_ID: text((card) => card.callId),
    EXTERNAL_CALL_ID: text((card) => card.externalCallId),
    CALL_CATEGORY: text(() => 'external'),
    CALL_LOG: text(() => null),
    CALL_DURATION: number((card) => card.duration),
    CALL_START_DATE: { kind: 'date', read: (card) => card.startedAt },
    CALL_RECORD_URL: text((card) => card.recordUrl),
    CALL_VOTE: number((card) => card.vote),
    COST: number((card) => Number(card.cost)),
    COST_CURRENCY: text((card) => card.currency),
    CALL_FAILED_CODE: text((card) => card.failedCode),
    CALL_FAILED_REASON: text((card) => card.failedReason),
    CRM_ENTITY_TYPE: text((card) => card.crm?.type ?? null),
    CRM_ENTITY_ID: number((card) => card.crm?.id ?? null),
    CRM_ACTIVITY_ID: number((card) => card.activityId),
    REST_APP_ID: number((card) => card.app?.id ?? null),
    REST_APP_NAME: text((card) => card.app?.name ?? null),
    TRANSCRIPT_ID: number((card) => card.transcriptId),
    TRANSCRIPT_PENDING: text(() => 'N'),
    SESSION_ID: number((card) => card.sessionId),
    REDIAL_ATTEMPT: number((card) => card.redialAttempt),
    COMMENT: text((card) => card.comment),
    RECORD_DURATION: number((card) => recordDuration(card, now())),
    CALL_TYPE: number((card) => card.type),
  };
}

/** Only built-in calls have it. */
function recordDuration(card: CallCard, now: number): number | null {
  return card.app ? null : (recordAt(card, now)?.seconds ?? null);
}

export type CallRow = Readonly<Record<string, string | number | null>>;

/** All 29 fields: texts or null, and one number. */
export function callRow(card: CallCard, fields: Fields<CallCard>, now: number): CallRow {
  const row: Record<string, FieldValue> = {};
  for (const [name, { read }] of Object.entries(fields)) row[name] = textOrNull(read(card));
  row['COST'] = card.cost;
  row['CALL_START_DATE'] = isoStamp(card.startedAt);
  row['RECORD_FILE_ID'] = recordAt(card, now)?.fileId ?? null;
  return row;
}

function textOrNull(value: FieldValue): string | null {
  return value === null ? null : String(value);
}

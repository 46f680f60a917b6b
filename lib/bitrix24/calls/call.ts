import { idAt, textAt } from '../../core/fields';

/** A row of the telephony statistics, as the portal gave it. */
export type CallRow = Readonly<Record<string, unknown>>;

export type CallDirection = 'outgoing' | 'incoming' | 'redirected' | 'callback' | 'robot' | 'unknown';

export interface Call {
  /** Of the row in the statistics. It grows as rows are written, which is not as calls were made. */
  readonly id: number;
  /** By this a call is known everywhere else. Never empty: a row without one is called by its own id. */
  readonly callId: string;
  /** In UTC, with `Z`. Empty when the portal's date cannot be read. */
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly direction: CallDirection;
  /** `200` for success. A text: there are `603-S` and `OTHER`. */
  readonly failedCode: string;
  /** The id is empty when nobody of the portal took part. */
  readonly operator: { readonly id: string; readonly name?: string };
  /** The id is `CONTACT_275` for a client whom the CRM knows, else the phone number. */
  readonly client: { readonly id: string; readonly name?: string; readonly phone: string };
  /** The portal's number or line that took part. */
  readonly line: string;
  /** Of the recording on the portal's drive. */
  readonly recordFileId?: number;
  /** Whatever a telephony provider said where the recording is: not to be trusted. */
  readonly recordUrl?: string;
  readonly activityId?: number;
  readonly crm?: { readonly type: string; readonly id: number };
}

const directions = new Map<string, CallDirection>([
  ['1', 'outgoing'],
  ['2', 'incoming'],
  ['3', 'redirected'],
  ['4', 'callback'],
  ['5', 'robot'],
]);

/** The portal writes nearly everything as text, and `""`, `null` and `"0"` for nothing. `undefined`: no usable ID. */
export function readCall(row: CallRow): Call | undefined {
  const id = rowIdOf(row);
  if (id === undefined) return undefined;
  const crm = crmOf(row);
  const phone = trimmed(row, 'PHONE_NUMBER');
  const recordUrl = trimmed(row, 'CALL_RECORD_URL');
  const recordFileId = positive(row, 'RECORD_FILE_ID');
  const activityId = positive(row, 'CRM_ACTIVITY_ID');
  const operatorId = trimmed(row, 'PORTAL_USER_ID');
  return {
    id,
    callId: trimmed(row, 'CALL_ID') || `ID_${id}`,
    startedAt: toUtc(trimmed(row, 'CALL_START_DATE')),
    durationSeconds: secondsOf(row),
    direction: directions.get(trimmed(row, 'CALL_TYPE')) ?? 'unknown',
    failedCode: trimmed(row, 'CALL_FAILED_CODE'),
    operator: { id: operatorId === '0' ? '' : operatorId },
    client: { id: crm ? `${crm.type}_${crm.id}` : phone, phone },
    line: trimmed(row, 'PORTAL_NUMBER'),
    ...(recordFileId !== undefined && { recordFileId }),
    ...(recordUrl !== '' && { recordUrl }),
    ...(activityId !== undefined && { activityId }),
    ...(crm && { crm }),
  };
}

export function rowIdOf(row: unknown): number | undefined {
  return positive(row, 'ID');
}

/** Never by the clock of this machine: a date without an offset could be anybody's. */
export function toUtc(date: string): string {
  const isFull = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s?(Z|[+-]\d\d:?\d\d)$/i.test(date);
  const time = isFull ? Date.parse(date) : NaN;
  return Number.isNaN(time) ? '' : new Date(time).toISOString();
}

function crmOf(row: CallRow): Call['crm'] {
  const type = trimmed(row, 'CRM_ENTITY_TYPE').toUpperCase();
  const id = positive(row, 'CRM_ENTITY_ID');
  return type === '' || id === undefined ? undefined : { type, id };
}

function secondsOf(row: CallRow): number {
  const seconds = Number(trimmed(row, 'CALL_DURATION'));
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

function positive(row: unknown, field: string): number | undefined {
  const id = idAt(row, field);
  return id === 0 ? undefined : id;
}

function trimmed(row: CallRow, field: string): string {
  return textAt(row, field)?.trim() ?? '';
}

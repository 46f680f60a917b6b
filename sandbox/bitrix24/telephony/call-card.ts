/** A call as the telephony module keeps it. What a caller sees of it is a row: `call-row.ts`. */
export type CallType = 1 | 2 | 3 | 4 | 5;

export interface RecordCard {
  /** The drive's id of the file: `RECORD_FILE_ID`. */
  fileId: number;
  name: string;
  seconds: number;
  channels: 1 | 2;
  /** Left out: a talk is made up from the call's id. */
  bytes?: Buffer;
  /** Before this moment the row is without a recording. */
  readyAt: number;
}

export interface CallCard {
  readonly id: number;
  callId: string;
  type: CallType;
  /** 0 or null: nobody took part. */
  operatorId: number | null;
  portalNumber: string;
  phone: string;
  externalCallId: string | null;
  /** Whole seconds, in ms. */
  startedAt: number;
  duration: number;
  failedCode: string;
  failedReason: string;
  crm: { type: 'CONTACT' | 'COMPANY' | 'LEAD'; id: number } | undefined;
  activityId: number | null;
  /** A call of another telephone system, brought in by an app. */
  app: { id: number; name: string } | undefined;
  sessionId: number | null;
  vote: number | null;
  cost: string;
  currency: string;
  comment: string | null;
  redialAttempt: number | null;
  transcriptId: number | null;
  recordUrl: string | null;
  record: RecordCard | undefined;
}

export interface RecordInit {
  /** How long after the call was written down; default 0. */
  afterMs?: number;
  seconds?: number;
  channels?: 1 | 2;
  bytes?: Buffer;
  name?: string;
}

export interface CallInit extends Partial<Omit<CallCard, 'record' | 'app' | 'crm'>> {
  /** Default for a talk that took place: a stereo recording that is there at once. `none`: it never comes. */
  record?: RecordInit | 'none';
  /** `true`: of the usual telephone system. */
  app?: boolean | { id: number; name: string };
  crm?: { type: 'CONTACT' | 'COMPANY' | 'LEAD'; id: number };
}

const reasons: Readonly<Record<string, string>> = {
  '200': 'Success call',
  '304': 'Skipped call',
  '402': 'Payment required',
  '403': 'Forbidden',
  '404': 'Not found',
  '423': 'Blocked',
  '480': 'Temporarily unavailable',
  '484': 'Address incomplete',
  '486': 'Busy',
  '503': 'Unavailable',
  '603': 'Declined',
  '603-S': 'Cancelled by the caller',
};

export function reasonOf(failedCode: string): string {
  return reasons[failedCode] ?? 'Undefined';
}

/** `2026-03-10 11-19-38 79061234568.wav` */
export function recordName(startedAt: number, phone: string, extension: string): string {
  const stamp = new Date(startedAt + 3 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
  return `${stamp.replaceAll(':', '-')} ${phone.replace(/\D/g, '')}.${extension}`;
}

import { at, flagAt, idAt, textAt } from '../../core/fields';
import { toUtc } from '../calls/call';

/** A CRM activity that stands for a session of an Open Channel. */
export interface ChatActivity {
  /** Of the activity. It grows as sessions begin. */
  readonly id: number;
  /** Undefined: the activity does not say which session it is about. */
  readonly sessionId: number | undefined;
  /** False for any other activity: the portal has passed over the filter. */
  readonly isChat: boolean;
  readonly isCompleted: boolean;
  /** In UTC, with `Z`; empty when the portal's dates cannot be read. */
  readonly startedAt: string;
  /** Empty while the session goes on. */
  readonly endedAt: string;
  /** Empty when the activity does not tell. */
  readonly connector: string;
  readonly line: number | undefined;
  readonly responsibleId: number | undefined;
  readonly owner: { readonly type: ChatOwner; readonly id: number } | undefined;
}

export type ChatOwner = 'LEAD' | 'DEAL' | 'CONTACT' | 'COMPANY';

export const chatProvider = 'IMOPENLINES_SESSION';

/** All that is read of an activity. */
export const activityFields = [
  ...['ID', 'PROVIDER_ID', 'PROVIDER_PARAMS', 'ASSOCIATED_ENTITY_ID', 'COMPLETED', 'RESPONSIBLE_ID'],
  ...['OWNER_TYPE_ID', 'OWNER_ID', 'CREATED', 'START_TIME', 'END_TIME', 'LAST_UPDATED'],
];

const owners = new Map<number | undefined, ChatOwner>([
  [1, 'LEAD'],
  [2, 'DEAL'],
  [3, 'CONTACT'],
  [4, 'COMPANY'],
]);

/** `undefined`: no usable ID. */
export function readActivity(row: unknown): ChatActivity | undefined {
  const id = positive(row, 'ID');
  if (id === undefined) return undefined;
  const { connector, line } = readUserCode(textAt(row, 'PROVIDER_PARAMS', 'USER_CODE') ?? '');
  const isCompleted = flagAt(row, 'COMPLETED');
  const startedAt = dateAt(row, 'CREATED') || dateAt(row, 'START_TIME');
  return {
    ...{ id, connector, line, isCompleted, startedAt },
    sessionId: positive(row, 'ASSOCIATED_ENTITY_ID'),
    // What was not asked for cannot be looked at; the portal may also write it in its own way.
    isChat: (textAt(row, 'PROVIDER_ID') ?? chatProvider).toUpperCase() === chatProvider,
    endedAt: isCompleted ? endOf(row, startedAt) : '',
    responsibleId: positive(row, 'RESPONSIBLE_ID'),
    owner: ownerOf(row),
  };
}

/** Some portals set the end when the session ends, others leave it at the beginning. */
function endOf(row: unknown, startedAt: string): string {
  const end = dateAt(row, 'END_TIME');
  return end > startedAt ? end : dateAt(row, 'LAST_UPDATED');
}

/** `imol|telegrambot|3|700000012|57`; older portals leave out the first part. */
export function readUserCode(code: string): { connector: string; line: number | undefined } {
  const [connector = '', line = ''] = code.replace(/^imol\|/i, '').split('|');
  return { connector, line: /^[1-9]\d{0,9}$/.test(line) ? Number(line) : undefined };
}

function ownerOf(row: unknown): ChatActivity['owner'] {
  const type = owners.get(positive(row, 'OWNER_TYPE_ID'));
  const id = positive(row, 'OWNER_ID');
  return type === undefined || id === undefined ? undefined : { type, id };
}

function dateAt(row: unknown, field: string): string {
  return toUtc(textAt(row, field) ?? '');
}

function positive(row: unknown, field: string): number | undefined {
  const value = at(row, field);
  const id = idAt({ value }, 'value');
  return id === 0 ? undefined : id;
}

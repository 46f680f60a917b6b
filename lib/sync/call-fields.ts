import { InvalidError } from '../core/errors';
import { at, textAt } from '../core/fields';
import { readCall, type CallRow } from '../bitrix24/calls/call';

const sources = ['row', 'msg', 'str'] as const;

/** One line of the mapping table: a key of the metadata, and where its value comes from. */
export interface FieldRow {
  readonly key: string;
  /** A field of the call's row, a property of the message, or the value itself. */
  readonly from: string;
  readonly fromType: (typeof sources)[number];
}

/** Those of SpeechSense's own guide for Bitrix24: every field of a row but the technical log. */
const usualKeys = [
  ...['id', 'portal_user_id', 'portal_number', 'phone_number', 'call_id', 'external_call_id'],
  ...['call_category', 'call_duration', 'call_start_date', 'call_record_url', 'call_vote', 'cost'],
  ...['cost_currency', 'call_failed_code', 'call_failed_reason', 'crm_entity_type', 'crm_entity_id'],
  ...['crm_activity_id', 'rest_app_id', 'rest_app_name', 'transcript_id', 'transcript_pending'],
  ...['session_id', 'redial_attempt', 'comment', 'record_duration', 'record_file_id', 'call_type'],
];

export const usualFieldRows: readonly FieldRow[] = usualKeys.map(rowOfKey);

/** A key alone is taken from the field of the same name. */
export function rowOfKey(key: string): FieldRow {
  return { key, from: key.toUpperCase(), fromType: 'row' };
}

/** The lines of a table as they are in a flow file; those without a key are blank ones. */
export function readFieldRows(table: readonly unknown[]): FieldRow[] {
  return table.flatMap((line) => {
    const key = textAt(line, 'key')?.trim() ?? '';
    if (key === '') return [];
    const from = textAt(line, 'from') ?? '';
    const fromType = sources.find((source) => source === (textAt(line, 'fromType') ?? 'row'));
    if (fromType)
      return [{ key, from: from === '' && fromType === 'row' ? key.toUpperCase() : from, fromType }];
    throw new InvalidError('CONFIG_INVALID', `the source of ${key} must be one of ${sources.join(', ')}`, {
      params: { property: 'fields', expected: sources.join(', ') },
    });
  });
}

export interface CallFieldsInput {
  /** Undefined when the recording is not that of a call. */
  readonly row: CallRow | undefined;
  /** As the source of the calls found them out. */
  readonly names: { readonly operator?: string | undefined; readonly client?: string | undefined };
  /** A property of the message. */
  readonly read: (path: string) => unknown;
}

export interface CallFieldsRules {
  readonly fields: readonly FieldRow[];
  /** Of a callback the portal dials, at the client's wish: nobody says whose call that is. */
  readonly callbackOutgoing: boolean;
}

/** The metadata of a call: what SpeechSense requires, and over it what the mapping says. Empty values are left out. */
export function callFields(input: CallFieldsInput, rules: CallFieldsRules): Record<string, unknown> {
  const fields: Record<string, unknown> = input.row ? requiredFields(input.row, input.names, rules) : {};
  for (const { key, from, fromType } of rules.fields) {
    const value = fromType === 'str' ? from : fromType === 'msg' ? input.read(from) : at(input.row, from);
    if (!isEmpty(value)) fields[key] = value;
  }
  return fields;
}

function requiredFields(
  row: CallRow,
  names: CallFieldsInput['names'],
  { callbackOutgoing }: CallFieldsRules,
): Record<string, unknown> {
  const call = readCall(row);
  if (!call) {
    throw new InvalidError('INPUT_INVALID', 'the row of the call has no ID', { params: { what: 'ID' } });
  }
  const { operator, client, startedAt } = call;
  // The keys are required, and there are calls that nobody took, and clients without a number.
  const operatorId = operator.id || '0';
  const clientId = client.id || 'anonymous';
  return withoutEmpty({
    operator_id: operatorId,
    operator_name: named(names.operator) ?? `user ${operatorId}`,
    client_id: clientId,
    client_name: named(names.client) ?? (client.phone || clientId),
    date: startedAt,
    direction_outgoing: isOutgoing(call.direction, callbackOutgoing),
  });
}

function isOutgoing(direction: string, callbackOutgoing: boolean): boolean | undefined {
  if (direction === 'outgoing' || direction === 'robot') return true;
  if (direction === 'incoming' || direction === 'redirected') return false;
  return direction === 'callback' ? callbackOutgoing : undefined;
}

function named(name: string | undefined): string | undefined {
  return isEmpty(name) ? undefined : name;
}

function withoutEmpty(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

import { at, entriesAt, textAt } from '../../core/fields';
import type { CallParams } from '../rest/portal';
import type { Call } from './call';

/** Where the names of one kind of people are asked for. */
export interface NameSource {
  readonly kind: NameKind;
  readonly method: string;
  paramsOf(ids: readonly string[]): CallParams;
  /** The entries of an answer; those that the portal knows nothing of are missing. */
  read(result: unknown): { readonly id: string; readonly name: string }[];
}

export type NameKind = 'operator' | 'CONTACT' | 'COMPANY' | 'LEAD';

const operators: NameSource = {
  kind: 'operator',
  method: 'user.get',
  // Not only the active ones: calls of those who have left are still in the statistics.
  paramsOf: (ids) => ({ FILTER: { ID: ids } }),
  read: (result) => readEntries(result, 'ID', (user) => joined(user, 'LAST_NAME', 'NAME')),
};

const people = ['lastName', 'name', 'secondName'];

export const nameSources: readonly NameSource[] = [
  operators,
  crmSource('CONTACT', 3, people),
  crmSource('COMPANY', 4, ['title']),
  crmSource('LEAD', 1, [...people, 'title', 'companyTitle']),
];

function crmSource(kind: NameKind, entityTypeId: number, fields: readonly string[]): NameSource {
  return {
    kind,
    method: 'crm.item.list',
    paramsOf: (ids) => ({ entityTypeId, filter: { '@id': ids }, select: ['id', ...fields] }),
    read: (result) => readEntries(at(result, 'items') ?? result, 'id', crmName),
  };
}

/** A person's name; of a company, and of a lead that nobody has named, the title. */
function crmName(item: unknown): string {
  return joined(item, ...people) || joined(item, 'title') || joined(item, 'companyTitle');
}

function readEntries(
  list: unknown,
  idField: string,
  nameOf: (entry: unknown) => string,
): { id: string; name: string }[] {
  return entriesAt({ list }, 'list').map((entry) => ({
    id: textAt(entry, idField) ?? '',
    name: nameOf(entry),
  }));
}

function joined(entry: unknown, ...fields: readonly string[]): string {
  const parts = fields.map((field) => textAt(entry, field)?.trim() ?? '');
  return parts.filter((part) => part !== '').join(' ');
}

/** Who is to be asked for by what id; none for a call without such a person. */
export function idFor(kind: NameKind, call: Call): string | undefined {
  if (kind === 'operator') return /^\d+$/.test(call.operator.id) ? call.operator.id : undefined;
  return call.crm?.type === kind ? String(call.crm.id) : undefined;
}

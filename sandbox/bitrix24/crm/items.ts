import type { MethodAnswer, MethodCall } from '../call';
import { operators, readFilter, type Fields } from '../filtering';
import { pageOf } from '../paging';
import { refusal } from '../refusal';
import { idOf, listOf, mapOf, textOf } from '../../shared/params';

export type CrmType = 'LEAD' | 'DEAL' | 'CONTACT' | 'COMPANY';

export interface CrmItem {
  type: CrmType;
  id: number;
  name: string | null;
  lastName: string | null;
  secondName: string | null;
  title: string | null;
  /** A lead's. */
  companyTitle: string | null;
}

export const entityTypeIds: Readonly<Record<CrmType, number>> = { LEAD: 1, DEAL: 2, CONTACT: 3, COMPANY: 4 };

const fields: Fields<CrmItem> = {
  id: { kind: 'number', read: (item) => item.id },
  name: { kind: 'text', read: (item) => item.name },
  lastName: { kind: 'text', read: (item) => item.lastName },
  title: { kind: 'text', read: (item) => item.title },
};

const shown: Readonly<Record<CrmType, readonly (keyof CrmItem)[]>> = {
  LEAD: ['id', 'title', 'name', 'lastName', 'secondName', 'companyTitle'],
  DEAL: ['id', 'title'],
  CONTACT: ['id', 'name', 'lastName', 'secondName'],
  COMPANY: ['id', 'title'],
};

/** Items that do not exist are not in the answer, and that is all one hears of it. */
export function itemList(items: readonly CrmItem[], { params }: MethodCall): MethodAnswer {
  const typeId = idOf(params['entityTypeId']);
  const type = crmTypeOf(typeId);
  if (type === undefined)
    throw refusal('ENTITY_TYPE_NOT_SUPPORTED', `Entity type ${typeId} is not supported`);
  const conditions = readFilter(params['filter'], fields, [...operators, '@']);
  const descending = /^desc$/i.test(textOf(mapOf(params['order'])?.['id']) ?? '');
  const found = items
    .filter((item) => item.type === type && conditions.every((condition) => condition.holds(item)))
    .sort((one, other) => (descending ? other.id - one.id : one.id - other.id));
  const select = listOf(params['select']).map((name) => textOf(name) ?? '');
  const names = shown[type].filter(
    (name) => select.length === 0 || select.includes('*') || select.includes(name),
  );
  const cards = found.map((item) => Object.fromEntries(names.map((name) => [name, item[name]])));
  const { result, ...counted } = pageOf(cards, params);
  return { result: { items: result }, ...counted };
}

function crmTypeOf(typeId: number): CrmType | undefined {
  const types = ['LEAD', 'DEAL', 'CONTACT', 'COMPANY'] as const;
  return types.find((type) => entityTypeIds[type] === typeId);
}

export function crmTypeNamed(name: string): CrmType | undefined {
  const types = ['LEAD', 'DEAL', 'CONTACT', 'COMPANY'] as const;
  return types.find((type) => type === name.toUpperCase());
}

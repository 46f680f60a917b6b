import { pick, roll } from '../../shared/dice';
import type { PortalState } from '../state';
import type { CrmItem, CrmType } from './items';

const names = ['Anna', 'Boris', 'Clara', 'Denis', 'Elena', 'Fedor', 'Galina', 'Ivan'] as const;
const lastNames = ['Abel', 'Berg', 'Cole', 'Dunn', 'Ellis', 'Frost', 'Gray', 'Hill', 'Ivens'] as const;

const keyOf = (type: CrmType, id: number): string => `${type} ${id}`;

export function crmItem(state: PortalState, type: CrmType, id: number): CrmItem | undefined {
  const found = state.crmItems.get(keyOf(type, id));
  return found === 'removed' ? undefined : found;
}

export function crmItems(state: PortalState): CrmItem[] {
  return [...state.crmItems.values()].filter((one) => one !== 'removed');
}

export function putItem(state: PortalState, init: Partial<CrmItem> & { type: CrmType; id: number }): CrmItem {
  const item: CrmItem = {
    name: null,
    lastName: null,
    secondName: null,
    title: null,
    companyTitle: null,
    ...init,
  };
  state.crmItems.set(keyOf(item.type, item.id), item);
  return item;
}

export function dropItem(state: PortalState, type: CrmType, id: number): void {
  state.crmItems.set(keyOf(type, id), 'removed');
}

/** Somebody under this id, unless there is or was somebody. */
export function ensureItem(
  state: PortalState,
  type: CrmType,
  id: number,
  person: { name: string; lastName: string } = {
    name: pick(names, roll(3, id)),
    lastName: pick(lastNames, roll(4, id)),
  },
): void {
  if (!state.crmItems.has(keyOf(type, id))) putItem(state, { type, id, ...cardOf(type, id, person) });
}

function cardOf(type: CrmType, id: number, person: { name: string; lastName: string }): Partial<CrmItem> {
  if (type === 'COMPANY') return { title: `${person.lastName} & Co ${id}` };
  if (type === 'DEAL') return { title: `Deal ${id}` };
  return type === 'LEAD' ? { ...person, title: `Lead ${id}` } : person;
}

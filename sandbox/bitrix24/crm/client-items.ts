import { pick, roll } from '../../shared/dice';
import type { PortalState } from '../state';
import type { CrmItem, CrmType } from './items';

type Tongue = 'en' | 'ru';
type Person = Readonly<{ name: string; lastName: string }>;

const tongueOf = (language: string): Tongue => (language === 'ru' ? 'ru' : 'en');

/** The surnames in Russian are the same for men and women. */
const invented = {
  en: {
    names: ['Anna', 'Boris', 'Clara', 'Denis', 'Elena', 'Fedor', 'Galina', 'Ivan'],
    lastNames: ['Abel', 'Berg', 'Cole', 'Dunn', 'Ellis', 'Frost', 'Gray', 'Hill', 'Ivens'],
    company: (lastName: string, id: number) => `${lastName} & Co ${id}`,
    deal: (id: number) => `Deal ${id}`,
    lead: (id: number) => `Lead ${id}`,
  },
  ru: {
    names: ['Анна', 'Борис', 'Клара', 'Денис', 'Елена', 'Фёдор', 'Галина', 'Иван'],
    lastNames: ['Абель', 'Берг', 'Коваль', 'Гончар', 'Дорош', 'Мороз', 'Панченко', 'Сова', 'Шевчук'],
    company: (lastName: string, id: number) => `${lastName} и партнёры ${id}`,
    deal: (id: number) => `Сделка ${id}`,
    lead: (id: number) => `Лид ${id}`,
  },
} as const;

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
  person = personOf(id, tongueOf(state.language)),
): void {
  if (state.crmItems.has(keyOf(type, id))) return;
  putItem(state, { type, id, ...cardOf(type, id, person, tongueOf(state.language)) });
}

/** Those that were invented have other names from now on; what somebody has named stays. */
export function renameInvented(state: PortalState): void {
  const tongue = tongueOf(state.language);
  const before = tongue === 'ru' ? 'en' : 'ru';
  for (const { type, id, ...item } of crmItems(state)) {
    const card = cardOf(type, id, personOf(id, before), before);
    const isInvented = item.title === (card.title ?? null) && item.lastName === (card.lastName ?? null);
    if (isInvented) putItem(state, { type, id, ...cardOf(type, id, personOf(id, tongue), tongue) });
  }
}

function personOf(id: number, tongue: Tongue): Person {
  const { names, lastNames } = invented[tongue];
  return { name: pick(names, roll(3, id)), lastName: pick(lastNames, roll(4, id)) };
}

function cardOf(type: CrmType, id: number, person: Person, tongue: Tongue): Partial<CrmItem> {
  const { company, deal, lead } = invented[tongue];
  if (type === 'COMPANY') return { title: company(person.lastName, id) };
  if (type === 'DEAL') return { title: deal(id) };
  return type === 'LEAD' ? { ...person, title: lead(id) } : person;
}

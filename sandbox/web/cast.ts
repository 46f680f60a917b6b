import { renameInvented, type Portal } from '../bitrix24';
import { languages, type Language } from './language';

interface Name {
  readonly firstName: string;
  readonly lastName: string;
}

type Role = Readonly<Record<Language, Name>>;

const client: Role = {
  en: { firstName: 'Ann', lastName: 'Lee' },
  ru: { firstName: 'Анна', lastName: 'Лисицына' },
};

/** The client of every channel, and the staff that every portal here has. */
const roles: readonly Role[] = [
  client,
  { en: { firstName: 'Alex', lastName: 'Stone' }, ru: { firstName: 'Алексей', lastName: 'Каменев' } },
  { en: { firstName: 'Olga', lastName: 'Operator' }, ru: { firstName: 'Ольга', lastName: 'Орлова' } },
  { en: { firstName: 'Peter', lastName: 'Operator' }, ru: { firstName: 'Пётр', lastName: 'Петров' } },
];

/** The channel that the portal has of itself. */
const ownLine: Readonly<Record<Language, string>> = { en: 'Support', ru: 'Поддержка' };

export const ownLineIn = (language: Language): { id: number; name: string } => ({
  id: 3,
  name: ownLine[language],
});

/** Who writes in a channel that is made now. */
export const clientName = ({ state }: Portal): Name => (state.language === 'ru' ? client.ru : client.en);

/** From now on the portal has this language, and its people have names in it, those in the CRM as well. */
export function speakInPortal({ state }: Portal, language: Language): void {
  if (state.language !== language) {
    state.language = language;
    renameInvented(state);
  }
  const own = ownLineIn(language);
  const line = state.lines.get(own.id);
  if (line && languages.some((one) => ownLine[one] === line.name)) line.name = own.name;
  for (const user of state.users.values()) {
    const role = roles.find((names) => languages.some((one) => fullName(names[one]) === user.name));
    if (!role) continue;
    const { firstName, lastName } = role[language];
    user.firstName = firstName;
    user.lastName = lastName;
    user.name = fullName(role[language]);
  }
}

const fullName = ({ firstName, lastName }: Name): string => `${firstName} ${lastName}`;

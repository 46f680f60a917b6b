import type { Conversation } from '../speechsense/conversation';
import type { StoredTalk } from '../speechsense';
import { languageCodes, type Language } from './language';
import { englishTalks } from './conversations-en';
import { russianTalks } from './conversations-ru';

/** Beginning with the operator, then by turns. */
export interface InventedTalk {
  lines: readonly string[];
  wish: string;
  outcome: string;
  tags: Readonly<Record<string, number>>;
}

const tongues = {
  en: {
    talks: englishTalks,
    wish: 'What the client wanted',
    outcome: 'How it ended',
  },
  ru: {
    talks: russianTalks,
    wish: 'Чего хотел клиент',
    outcome: 'Чем закончилось',
  },
} as const satisfies Record<Language, unknown>;

/**
 * For each recording one of a few, always the same one. It is in the language of the pages,
 * not in that of the connection, and stays in it. A chat is what was written in it.
 */
export function showConversation(language: () => Language): (talk: StoredTalk) => Conversation | undefined {
  const heardIn = new WeakMap<StoredTalk, Language>();
  return (talk) => {
    if (talk.kind === 'chat') return undefined;
    const tongue = heardIn.get(talk) ?? language();
    heardIn.set(talk, tongue);
    return invented(talk, tongue);
  };
}

function invented({ id }: StoredTalk, tongue: Language): Conversation | undefined {
  const { talks, ...names } = tongues[tongue];
  const talk = talks[numberOf(id) % talks.length];
  if (!talk) return undefined;
  return {
    language: languageCodes[tongue],
    said: talk.lines.map((text, place) => ({ by: place % 2 === 0 ? 'operator' : 'client', text })),
    summary: [
      { name: names.wish, text: talk.wish },
      { name: names.outcome, text: talk.outcome },
    ],
    tags: Object.entries(talk.tags).map(([name, count]) => ({ name, count })),
  };
}

/** The ids are as good as thrown. */
const numberOf = (id: string): number => [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);

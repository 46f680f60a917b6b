import type { Conversation } from '../speechsense/conversation';
import type { StoredTalk } from '../speechsense';
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
  'en-US': { talks: englishTalks, wish: 'What the client wanted', outcome: 'How it ended' },
  'ru-RU': { talks: russianTalks, wish: 'Чего хотел клиент', outcome: 'Чем закончилось' },
} as const;

/** For each recording one of a few, always the same one. A chat is what was written in it. */
export function showConversation({ id, kind, fields }: StoredTalk): Conversation | undefined {
  if (kind === 'chat') return undefined;
  const language = fields['language']?.startsWith('ru') ? 'ru-RU' : 'en-US';
  const { talks, ...names } = tongues[language];
  const talk = talks[numberOf(id) % talks.length];
  if (!talk) return undefined;
  return {
    language,
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

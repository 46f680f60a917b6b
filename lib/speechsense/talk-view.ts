import { InvalidError } from '../core/errors';
import type { Phrase, Talk, Tag, TalkState, Statistics } from './talk';
import type { ConnectionKind } from './talk-fields';
import type { ResultName } from './talks';

/** What a person asks for, and what the service calls it. */
const masks = {
  transcription: ['transcription'],
  summarization: ['summarization'],
  points: ['points'],
  classifiers: ['text_classifiers'],
  statistics: ['speech_statistics', 'silence_statistics', 'interrupts_statistics', 'conversation_statistics'],
  assistants: ['assistants'],
  state: ['talk_state'],
} as const satisfies Readonly<Record<string, readonly ResultName[]>>;

export type TalkResult = keyof typeof masks;
export const usualTalkResults: readonly TalkResult[] = [
  'transcription',
  'summarization',
  'classifiers',
  'statistics',
];

const isTalkResult = (name: string): name is TalkResult => Object.hasOwn(masks, name);

/** Also by the service's own names, and `summary` and `tags` as they are called in the answer. */
export function readTalkResults(names: readonly string[]): TalkResult[] {
  const others: Readonly<Record<string, TalkResult>> = {
    summary: 'summarization',
    tags: 'classifiers',
    text_classifiers: 'classifiers',
    talk_state: 'state',
  };
  return names.map((name) => {
    const known = others[name] ?? name;
    if (isTalkResult(known)) return known;
    const expected = Object.keys(masks).join(', ');
    throw new InvalidError('CONFIG_INVALID', `results are some of ${expected}`, {
      params: { property: 'results', expected },
    });
  });
}

/** The state is always wanted: without it nobody knows whether an empty result is one. */
export function maskOf(results: readonly TalkResult[]): ResultName[] {
  return [...new Set<ResultName>([...results.flatMap((name) => masks[name]), 'talk_state'])];
}

export type Role = 'operator' | 'client' | 'bot';

export interface PhraseView {
  readonly speaker: string;
  readonly role: Role | null;
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

/** What a flow gets: only what was asked for. */
export interface TalkView {
  readonly talkId: string;
  readonly connectionId: string;
  readonly projectIds: readonly string[];
  readonly createdAt: string | undefined;
  readonly state: TalkState;
  readonly fields: Readonly<Record<string, string>>;
  readonly transcript?: string;
  readonly phrases?: readonly PhraseView[];
  readonly summary?: Readonly<Record<string, string>>;
  readonly points?: Readonly<Record<string, string | null>>;
  readonly tags?: readonly Tag[];
  readonly statistics?: Statistics;
  readonly assistants?: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
}

export interface ViewOptions {
  readonly kind: ConnectionKind;
  /** Of a call: the connection decides, and it cannot be asked. */
  readonly operatorChannel: number;
  readonly results: readonly TalkResult[];
}

export function viewOfTalk(talk: Talk, { kind, operatorChannel, results }: ViewOptions): TalkView {
  const roleOf = (channel: number): Role | null => roles(kind, operatorChannel)[channel] ?? null;
  const wants = (name: TalkResult): boolean => results.includes(name);
  const { id: talkId, connectionId, projectIds, createdAt, state, fields } = talk;
  return {
    ...{ talkId, connectionId, projectIds, createdAt, state, fields },
    ...(wants('transcription') && {
      transcript: talk.phrases.map((phrase) => lineOf(phrase, roleOf(phrase.channel))).join('\n'),
      phrases: talk.phrases.map((phrase) => phraseOf(phrase, roleOf(phrase.channel), fields)),
    }),
    ...(wants('summarization') && {
      summary: named(
        talk.summary,
        ({ name, id }) => [name, id],
        ({ answers }) => answers.join('\n'),
      ),
    }),
    ...(wants('points') && {
      points: named(
        talk.points,
        ({ question, id }) => [question, id],
        ({ answer = null }) => answer,
      ),
    }),
    ...(wants('classifiers') && { tags: talk.tags }),
    ...(wants('statistics') && { statistics: talk.statistics }),
    ...(wants('assistants') && {
      assistants: Object.fromEntries(talk.assistants.map((one) => [one.assistantId, one.results])),
    }),
  };
}

function roles(kind: ConnectionKind, operatorChannel: number): readonly Role[] {
  if (kind === 'chat') return ['operator', 'client', 'bot'];
  return operatorChannel === 1 ? ['client', 'operator'] : ['operator', 'client'];
}

const words: Readonly<Record<Role, string>> = { operator: 'Operator', client: 'Client', bot: 'Bot' };

function lineOf({ channel, text }: Phrase, role: Role | null): string {
  return `${role ? words[role] : `Channel ${channel}`}: ${text}`;
}

function phraseOf(
  { channel, startMs, endMs, text }: Phrase,
  role: Role | null,
  fields: Readonly<Record<string, string>>,
): PhraseView {
  const name = role ? fields[`${role}_name`] || words[role] : `Channel ${channel}`;
  return { speaker: name, role, startMs, endMs, text };
}

/** By name; two of one name are told apart by their ids. */
function named<Item, Value>(
  items: readonly Item[],
  nameOf: (item: Item) => [name: string, id: string],
  valueOf: (item: Item) => Value,
): Record<string, Value> {
  const entries = new Map<string, Value>();
  for (const item of items) {
    const [name, id] = nameOf(item);
    const isFree = name !== '' && !entries.has(name);
    entries.set(isFree ? name : `${name} ${id}`.trim(), valueOf(item));
  }
  return Object.fromEntries(entries);
}

import type { SessionRecord } from './session-record';
import { pick, rollBelow } from '../../shared/dice';
import { addOpenChannel, openLineOf, openSession, type OpenChannelInit } from '../chats';
import { addFile, type FileInit } from '../file-cards';
import { addMessage } from '../messages';
import { addBotUser } from '../people';
import type { SessionLife } from '../session-life';
import type { Chat, PortalState } from '../state';

export interface SaidLine {
  /** An operator by user id; `system`: the portal itself, sender 0. */
  from: 'client' | 'bot' | 'system' | number;
  text?: string;
  files?: readonly FileInit[];
  /** Since the line before; default 20 s. */
  afterMs?: number;
}

export interface SessionInit extends Omit<OpenChannelInit, 'session' | 'bots'> {
  /** A further session in this chat; default: a chat and a client of its own. */
  chat?: Chat;
  /** When it began; default: so that it ends now. */
  at?: number;
  lines?: readonly SaidLine[];
  /** Default: yes. */
  finished?: boolean;
}

export interface ManySessionsInit {
  count: number;
  seed?: number;
  from?: number;
  to?: number;
  operators?: readonly number[];
}

/** Talks of open channels that took place without anybody looking on: no event is sent. */
export interface Sessions {
  seed: (init?: SessionInit) => SessionRecord;
  seedMany: (init: ManySessionsInit) => SessionRecord[];
  readonly list: readonly SessionRecord[];
}

const usualPause = 20_000;

const usualLines: readonly SaidLine[] = [
  { from: 'system', text: 'Conversation started' },
  { from: 'client', text: 'Hello, where is my order 512?' },
  { from: 'bot', text: '[b]Hello![/b] I am looking for it. [url=https://shop.example/512]Order 512[/url]' },
  { from: 'client', text: 'Please call a person', files: [{ name: 'receipt.jpg' }] },
  { from: 7, text: 'Good day, [USER=55]client[/USER], it comes tomorrow.' },
  { from: 'client', text: 'Thank you' },
  { from: 'system', text: 'Conversation finished' },
];

export function createSessions(state: PortalState, life: SessionLife): Sessions {
  let helperId: number | undefined;

  function botId(chat: Chat): number {
    const bot =
      [...state.bots.values()].find((one) => chat.members.has(one.id)) ?? [...state.bots.values()][0];
    helperId = bot?.id ?? helperId ?? addBotUser(state, 'Helper').id;
    return helperId;
  }

  function say(chat: Chat, line: SaidLine, at: number): void {
    if (typeof line.from === 'number' && openLineOf(chat).session?.operator !== line.from)
      life.takeOver(chat, line.from);
    const authorId = authorOf(chat, line);
    const files = (line.files ?? []).map((file) => addFile(state, chat.id, authorId, file));
    addMessage(state, chat, {
      authorId,
      at,
      text: line.text ?? '',
      system: line.from === 'system',
      fileIds: files.map(({ id }) => id),
    });
  }

  function authorOf(chat: Chat, { from }: SaidLine): number {
    if (typeof from === 'number') return from;
    if (from === 'client') return openLineOf(chat).clientId;
    return from === 'bot' ? botId(chat) : 0;
  }

  function seed({
    chat: given,
    at,
    lines = usualLines,
    finished = true,
    ...init
  }: SessionInit = {}): SessionRecord {
    const length = lines.reduce((sum, { afterMs = usualPause }) => sum + afterMs, 0);
    const startedAt = at ?? state.now() - length;
    const chat = given ?? addOpenChannel(state, { ...init, session: 'none' });
    const session = openSession(state, chat, [], startedAt);
    let clock = startedAt;
    for (const line of lines) {
      clock += line.afterMs ?? usualPause;
      say(chat, line, clock);
    }
    if (finished) life.close(chat, clock);
    return session;
  }

  return {
    seed,
    seedMany: ({ count, seed: dice = 1, operators = [7, 9], ...init }) => {
      const to = init.to ?? state.now() - 3_600_000;
      const from = init.from ?? to - 30 * 86_400_000;
      return Array.from({ length: count }, (_, index) =>
        seed({
          at: Math.floor(from + ((to - from) * index) / count),
          client: { firstName: `${invented[tongueOf(state)].client} ${index + 1}`, lastName: '' },
          lines: inventedLines(dice, index, operators, tongueOf(state)),
        }),
      );
    },
    get list() {
      return [...state.sessions.values()];
    },
  };
}

type Tongue = 'en' | 'ru';

const tongueOf = ({ language }: PortalState): Tongue => (language === 'ru' ? 'ru' : 'en');

const invented = {
  en: {
    client: 'Client',
    questions: [
      'Do you deliver on Sunday?',
      'Where is my parcel?',
      'I want my money back',
      'How much is it?',
    ],
    answers: ['[b]Yes[/b], we do.', 'Let me have a look.', 'One moment, please.', 'It is 100 roubles.'],
    started: 'Conversation started',
    finished: 'Conversation finished',
  },
  ru: {
    client: 'Клиент',
    questions: [
      'Вы доставляете по воскресеньям?',
      'Где моя посылка?',
      'Верните мне деньги',
      'Сколько это стоит?',
    ],
    answers: ['[b]Да[/b], доставляем.', 'Сейчас посмотрю.', 'Минутку, пожалуйста.', 'Это стоит 100 рублей.'],
    started: 'Начат новый диалог',
    finished: 'Диалог завершён',
  },
} as const;

function inventedLines(
  seed: number,
  index: number,
  operators: readonly number[],
  tongue: Tongue,
): SaidLine[] {
  const { questions, answers, started, finished } = invented[tongue];
  const [operator = 7, ...others] = operators;
  const dice = (sides: number, ...places: number[]): number => rollBelow(sides, seed, index, ...places);
  const turns = 1 + dice(5, 1);
  const hasBot = dice(3, 2) > 0;
  const answerer = (turn: number): SaidLine['from'] =>
    hasBot && turn === 0 ? 'bot' : pick([operator, ...others], dice(100, 3, Math.floor(turn / 3)));
  const talk = Array.from({ length: turns }, (_, turn): SaidLine[] => [
    { from: 'client', text: pick(questions, dice(100, 4, turn)) },
    { from: answerer(turn), text: pick(answers, dice(100, 5, turn)) },
  ]).flat();
  return [{ from: 'system', text: started }, ...talk, { from: 'system', text: finished }];
}

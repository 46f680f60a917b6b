import { inPieces, type Answer, type Brain, type FormField, type Turn } from '../dify';
import { textOf } from '../shared/params';
import type { Language } from './language';

interface Reply {
  fits: RegExp;
  en: string;
  ru: string;
  /** Said behind it where the flow calls a person. */
  more?: Readonly<Record<Language, string>>;
}

/** The text of the event with which a bot is let into a dialog, as BitBot passes it on. */
const greeted = /^ONIMBOTJOINCHAT$/;

const operator: Readonly<Record<Language, string>> = {
  en: ' Write `operator` for a person.',
  ru: ' Чтобы позвать человека, напишите `оператор`.',
};

const asksHelp = /^\/?(?:help|помощь)$/i;

const replies: readonly Reply[] = [
  {
    fits: greeted,
    en: 'Hello{name}! I am a **bot** of this sandbox. Ask me about *prices*, *delivery* or *hours*, or send me a file.',
    ru: 'Здравствуйте{name}! Я **бот** этой песочницы. Спросите про *цены*, *доставку* или *часы работы* или пришлите файл.',
    more: operator,
  },
  {
    fits: asksHelp,
    en: 'I know *prices*, *delivery* and *hours*. Of everything else I say what came to me, files included.',
    ru: 'Я знаю про *цены*, *доставку* и *часы работы*. На всё остальное отвечаю, что мне пришло, в том числе файлы.',
    more: operator,
  },
  {
    fits: /deliver|shipping|достав/i,
    en: '1. We pack the order within a day.\n2. The courier calls an hour before.\n3. You pay when you have it in your hands: 5 in the city, 9 elsewhere.',
    ru: '1. Собираем заказ в течение дня.\n2. Курьер звонит за час.\n3. Оплата при получении: по городу 300 ₽, дальше 500 ₽.',
  },
  {
    fits: /price|cost|цен|стоит|прайс/i,
    // No table: a chat shows none.
    en: 'Our prices:\n\n- **Small**: 10 a month\n- **Large**: 25 a month\n\nWhich one would suit you?',
    ru: 'Наши цены:\n\n- **Малый**: 990 ₽ в месяц\n- **Большой**: 2490 ₽ в месяц\n\nКакой вам подходит?',
  },
  {
    fits: /hours|open|часы|работает|график/i,
    en: 'We are here **from 9 to 18**, Monday to Friday. I am here always.',
    ru: 'Мы работаем **с 9 до 18** по будням. А я — всегда.',
  },
];

const cyrillic = /[а-яё]/i;

/** The variables of the chatflow. None is required: the shipped flows fill in the name alone. */
export const chatflowForm: readonly FormField[] = [
  { type: 'text-input', variable: 'FIRST_NAME', maxLength: 256 },
  { type: 'text-input', variable: 'ORDER_NUMBER' },
  { type: 'select', variable: 'DELIVERY', options: ['courier', 'pickup', 'post'] },
  { type: 'paragraph', variable: 'ORDER_NOTE' },
];

/**
 * A bot for a first look: it greets, knows three things, and says of the rest what came. In the language of the pages,
 * and to Russian words in Russian. A person is promised to those users alone whom the flow lets have one.
 */
export function showBrain(language: () => Language, callsOperator: (user: string) => boolean): Brain {
  const greetings = new WeakMap<NonNullable<Turn['conversation']>, number>();
  return (turn) => {
    const { query, user, files, inputs, conversation } = turn;
    const tongue = cyrillic.test(query) ? 'ru' : language();
    const reply = files.length > 0 ? undefined : replies.find(({ fits }) => fits.test(query));
    const before = (conversation && greetings.get(conversation)) ?? 0;
    if (conversation && reply?.fits === greeted) greetings.set(conversation, before + 1);
    const earlier = (conversation?.messageCount ?? 0) - before;
    if (!reply) return { pieces: inPieces(whatCame(turn, tongue, earlier)) };
    const more = callsOperator(user) ? (reply.more?.[tongue] ?? '') : '';
    return { pieces: inPieces(forName(reply[tongue], textOf(inputs['FIRST_NAME'])) + more) };
  };
}

const forName = (text: string, name = ''): string => text.replace('{name}', name === '' ? '' : `, ${name}`);

interface Words {
  said: string;
  earlier: (messages: number) => string;
  sent: string;
  told: string;
}

const words: Readonly<Record<Language, Words>> = {
  en: {
    said: 'You said',
    earlier: (messages) => `I remember ${messages} earlier message${messages === 1 ? '' : 's'} of ours.`,
    sent: 'You sent',
    told: 'I was told',
  },
  ru: {
    said: 'Вы написали',
    earlier: (messages) => `До этого сообщений в нашем разговоре: ${messages}.`,
    sent: 'Вы прислали',
    told: 'Мне сообщили',
  },
};

function whatCame({ query, files, inputs }: Turn, tongue: Language, earlier: number): string {
  const { said, sent, told, ...count } = words[tongue];
  // A message that is nothing but a file comes with this text.
  const isOnlyFile = files.length > 0 && query.startsWith('File sent: ');
  // The name is in the greeting, and would stand in each answer.
  const given = Object.entries(inputs).filter(
    ([name, value]) => name !== 'FIRST_NAME' && (textOf(value) ?? '') !== '',
  );
  return [
    ...(isOnlyFile ? [] : [`${said}: **${query}**`]),
    ...(earlier > 0 ? [count.earlier(earlier)] : []),
    ...(files.length > 0 ? [`${sent}: ${files.map(({ name }) => `*${name}*`).join(', ')}`] : []),
    ...(given.length > 0
      ? [`${told}:\n${given.map(([name, value]) => `- \`${name}\`: ${textOf(value)}`).join('\n')}`]
      : []),
  ].join('\n\n');
}

/** What BitBot tells a workflow of a message; what a form leaves out never reaches it. */
export const workflowForm: readonly FormField[] = [
  { type: 'paragraph', variable: 'MESSAGE' },
  { type: 'text-input', variable: 'FIRST_NAME', maxLength: 0 },
];

/** The workflow for a first look counts: it is given one message, and knows of no other. */
export function showWorkflow(language: () => Language): Brain {
  return ({ inputs, files }) => {
    const message = textOf(inputs['MESSAGE']) ?? '';
    const words = asksHelp.test(message) ? [] : message.split(/\s+/).filter((word) => word !== '');
    const isRussian = cyrillic.test(message) || language() === 'ru';
    return counted(isRussian ? counting.ru : counting.en, words.length, files.length);
  };
}

const counting = {
  en: {
    words: 'words',
    files: 'files',
    name: 'about',
    about: 'I am a workflow: I count the words of each message.',
  },
  ru: {
    words: 'слов',
    files: 'файлов',
    name: 'о себе',
    about: 'Рабочий процесс: считаю слова в каждом сообщении.',
  },
} as const satisfies Record<Language, unknown>;

/** The client reads the names of the outputs too. */
function counted(names: (typeof counting)[Language], words: number, files: number): Answer {
  const outputs =
    words + files === 0 ? { [names.name]: names.about } : { [names.words]: words, [names.files]: files };
  const lines = Object.entries(outputs).map(([name, value]) => `${name}: ${value}`);
  return { pieces: inPieces(lines.join('\n')), outputs };
}

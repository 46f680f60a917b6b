import { friendlyBrain, inPieces, type Brain, type FormField, type Turn } from '../dify';
import { textOf } from '../shared/params';

interface Reply {
  fits: RegExp;
  en: string;
  ru: string;
}

/** The text of the event with which a bot is let into a dialog, as BitBot passes it on. */
const greeted = /^ONIMBOTJOINCHAT$/;

const replies: readonly Reply[] = [
  {
    fits: greeted,
    en: 'Hello! I am a **bot** of this sandbox. Ask me about *prices*, *delivery* or *hours*, send me a file, or write `operator` for a person.',
    ru: 'Здравствуйте! Я **бот** этой песочницы. Спросите про *цены*, *доставку* или *часы работы*, пришлите файл или напишите `оператор`, чтобы позвать человека.',
  },
  {
    fits: /price|cost|цен|стоит|прайс/i,
    en: 'Our prices:\n\n| Plan | A month |\n|---|---|\n| Small | 10 |\n| Large | 25 |\n\nWhich one would suit you?',
    ru: 'Наши цены:\n\n| Тариф | В месяц |\n|---|---|\n| Малый | 990 ₽ |\n| Большой | 2490 ₽ |\n\nКакой вам подходит?',
  },
  {
    fits: /deliver|shipping|достав/i,
    en: '1. We pack the order within a day.\n2. The courier calls an hour before.\n3. You pay when you have it in your hands.',
    ru: '1. Собираем заказ в течение дня.\n2. Курьер звонит за час.\n3. Оплата при получении.',
  },
  {
    fits: /hours|open|часы|работает|график/i,
    en: 'We are here **from 9 to 18**, Monday to Friday. I am here always.',
    ru: 'Мы работаем **с 9 до 18** по будням. А я — всегда.',
  },
];

const cyrillic = /[а-яё]/i;

/** A bot for a first look: it greets, knows three things, and says of the rest what came. */
export function showBrain(language: () => 'en' | 'ru'): Brain {
  return (turn) => {
    const reply = turn.files.length > 0 ? undefined : replies.find(({ fits }) => fits.test(turn.query));
    const isWordless = turn.files.length > 0 || greeted.test(turn.query);
    const isRussian = cyrillic.test(turn.query) || (isWordless && language() === 'ru');
    if (reply) return { pieces: inPieces(isRussian ? reply.ru : reply.en) };
    return isRussian ? { pieces: inPieces(russianText(turn)) } : friendlyBrain(turn);
  };
}

function russianText({ query, files, conversation }: Turn): string {
  const earlier = conversation?.messageCount ?? 0;
  return [
    `Вы написали: **${query}**`,
    ...(earlier > 0 ? [`До этого сообщений в нашем разговоре: ${earlier}.`] : []),
    ...(files.length > 0 ? [`Вы прислали: ${files.map(({ name }) => `*${name}*`).join(', ')}`] : []),
  ].join('\n\n');
}

/** What BitBot tells a workflow of a message; what a form leaves out never reaches it. */
export const showForm: readonly FormField[] = [
  { type: 'paragraph', variable: 'MESSAGE' },
  { type: 'text-input', variable: 'FIRST_NAME', maxLength: 0 },
];

/** The workflow for a first look counts: it is given one message, and knows of no other. */
export function showWorkflow(language: () => 'en' | 'ru'): Brain {
  return ({ inputs, files }) => {
    const message = textOf(inputs['MESSAGE']) ?? '';
    const words = message.split(/\s+/).filter((word) => word !== '').length;
    const isRussian = cyrillic.test(message) || language() === 'ru';
    return { pieces: inPieces(isRussian ? countedRu(words, files.length) : countedEn(words, files.length)) };
  };
}

const countedEn = (words: number, files: number): string =>
  words + files === 0
    ? 'I am a workflow: I count the words of each message.'
    : `words: **${words}**, files: **${files}**`;
const countedRu = (words: number, files: number): string =>
  words + files === 0
    ? 'Я рабочий процесс: считаю слова в каждом сообщении.'
    : `слов: **${words}**, файлов: **${files}**`;

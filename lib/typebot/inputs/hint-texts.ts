/** What the bridge itself says to a person about a question, in the languages it speaks. */
export interface HintTexts {
  severalChoices: string;
  skip: string;
  untitled: (number: number) => string;
  date: (pattern: string, example: string) => string;
  dateRange: (from: string, to: string) => string;
  notBefore: (date: string) => string;
  notAfter: (date: string) => string;
  time: (example: string) => string;
  numberBetween: (from: string, to: string) => string;
  numberAtLeast: (from: string) => string;
  numberAtMost: (to: string) => string;
  phone: string;
  email: string;
  url: string;
  file: string;
  files: string;
  fileTypes: (types: string) => string;
  /** Of types of files. */
  families: Readonly<Record<string, string>>;
  payment: string;
  paymentOf: (amount: string) => string;
  wantAnswer: string;
  wantChoice: string;
  wantText: string;
  wantFile: string;
  wrongFileType: string;
  wrongNumber: string;
  /** The letters that stand for the parts of a date. */
  dateLetters: Readonly<Record<string, string>>;
}

const en: HintTexts = {
  severalChoices: 'You can choose several: write them one after the other, with commas between.',
  skip: 'Skip',
  untitled: (number) => `Option ${number}`,
  date: (pattern, example) => `A date as ${pattern}, for example ${example}.`,
  dateRange: (from, to) => `Two dates, the first and the last, for example ${from} – ${to}.`,
  notBefore: (date) => `Not before ${date}.`,
  notAfter: (date) => `Not after ${date}.`,
  time: (example) => `A time, for example ${example}.`,
  numberBetween: (from, to) => `A number from ${from} to ${to}.`,
  numberAtLeast: (from) => `A number, ${from} or more.`,
  numberAtMost: (to) => `A number, ${to} or less.`,
  phone: 'A number with its country code, for example +44 7911 123456.',
  email: 'For example: name@example.com',
  url: 'For example: https://example.com',
  file: 'Please send a file.',
  files: 'Please send one or more files.',
  fileTypes: (types) => `These will do: ${types}.`,
  families: { image: 'pictures', video: 'videos', audio: 'audio files' },
  payment: 'Payments cannot be made in this chat.',
  paymentOf: (amount) => `To be paid: ${amount}. Payments cannot be made in this chat.`,
  wantAnswer: 'Please write your answer.',
  wantChoice: 'Please choose from what is offered.',
  wantText: 'A file cannot be taken here. Please write your answer.',
  wantFile: 'A file is needed here. Please send it.',
  wrongFileType: 'A file of this kind cannot be taken here.',
  wrongNumber: 'This number cannot be taken here.',
  dateLetters: { y: 'Y', M: 'M', d: 'D', H: 'H', m: 'M' },
};

const ru: HintTexts = {
  severalChoices: 'Можно выбрать несколько вариантов: перечислите их через запятую.',
  skip: 'Пропустить',
  untitled: (number) => `Вариант ${number}`,
  date: (pattern, example) => `Дата в формате ${pattern}, например ${example}.`,
  dateRange: (from, to) => `Две даты, начало и конец, например ${from} – ${to}.`,
  notBefore: (date) => `Не раньше ${date}.`,
  notAfter: (date) => `Не позже ${date}.`,
  time: (example) => `Время, например ${example}.`,
  numberBetween: (from, to) => `Число от ${from} до ${to}.`,
  numberAtLeast: (from) => `Число не меньше ${from}.`,
  numberAtMost: (to) => `Число не больше ${to}.`,
  phone: 'Номер с кодом страны, например +7 912 345-67-89.',
  email: 'Например: name@example.com',
  url: 'Например: https://example.com',
  file: 'Пришлите, пожалуйста, файл.',
  files: 'Пришлите, пожалуйста, один или несколько файлов.',
  fileTypes: (types) => `Подойдут: ${types}.`,
  families: { image: 'изображения', video: 'видео', audio: 'аудио' },
  payment: 'Оплатить прямо в этом чате нельзя.',
  paymentOf: (amount) => `К оплате: ${amount}. Оплатить прямо в этом чате нельзя.`,
  wantAnswer: 'Напишите, пожалуйста, ответ.',
  wantChoice: 'Выберите, пожалуйста, из предложенных вариантов.',
  wantText: 'Файл здесь не подойдёт. Напишите, пожалуйста, ответ.',
  wantFile: 'Здесь нужен файл. Пришлите его, пожалуйста.',
  wrongFileType: 'Файл такого типа здесь не подойдёт.',
  wrongNumber: 'Такое число здесь не подойдёт.',
  dateLetters: { y: 'Г', M: 'М', d: 'Д', H: 'Ч', m: 'М' },
};

export const hintLanguages = ['en', 'ru'] as const;

/** English for everybody whose language the bridge does not speak. */
export function hintTextsIn(language: string): HintTexts {
  return /^\s*ru(?![a-z])/i.test(language) ? ru : en;
}

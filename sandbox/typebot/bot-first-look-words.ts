/** What the bot for a first look says. */
export interface FirstLookWords {
  greeting: string;
  /** Around the link to Typebot. */
  before: string;
  after: string;
  reason: string;
  reasons: readonly string[];
  /** The reason that asks for nothing. */
  looking: string;
  story: string;
  look: string;
  rating: string;
  file: string;
  noFile: string;
  thanks: string;
  noted: readonly string[];
  goodbye: string;
  help: string;
  helps: readonly string[];
  /** Undefined: as Typebot says it by itself. */
  invalid: string | undefined;
}

export const englishWords: FirstLookWords = {
  greeting: 'Hello',
  before: 'I am the bot of the ',
  after: ' sandbox.',
  reason: 'What brings you here?',
  reasons: ['A question', 'A complaint'],
  looking: 'Just looking',
  story: 'Please describe it in a sentence or two.',
  look: 'Then have a look:',
  rating: 'How do you like this so far?',
  file: 'You may send me a picture or any other file.',
  noFile: 'No file',
  thanks: 'Thank you! This is what I have noted:',
  noted: ['REASON: {{REASON}}', 'STORY: {{STORY}}', 'RATING: {{RATING}}', 'FILE: {{FILE}}'],
  goodbye: 'Goodbye. Write again, and we begin anew.',
  help: 'You can:',
  helps: ['press a button', 'write its text', 'write /restart'],
  invalid: undefined,
};

export const russianWords: FirstLookWords = {
  greeting: 'Здравствуйте',
  before: 'Я бот песочницы ',
  after: '.',
  reason: 'Что вас к нам привело?',
  reasons: ['Вопрос', 'Жалоба'],
  looking: 'Просто смотрю',
  story: 'Расскажите, пожалуйста, в двух словах.',
  look: 'Тогда посмотрите:',
  rating: 'Как вам здесь?',
  file: 'Можете прислать мне картинку или любой другой файл.',
  noFile: 'Без файла',
  thanks: 'Спасибо! Вот что я записал:',
  noted: ['Повод: {{REASON}}', 'Подробности: {{STORY}}', 'Оценка: {{RATING}}', 'Файл: {{FILE}}'],
  goodbye: 'До свидания. Напишите ещё раз, и мы начнём заново.',
  help: 'Вы можете:',
  helps: ['нажать кнопку', 'написать её текст', 'написать /restart'],
  invalid: 'Так не получится. Попробуйте, пожалуйста, ещё раз.',
};

import { text } from './bubble-blocks';
import type { InputBlock } from './blocks';
import type { BotInit } from './bot';
import {
  cards,
  choice,
  choiceFrom,
  dateInput,
  emailInput,
  fileInput,
  numberInput,
  paymentInput,
  phoneInput,
  pictureChoice,
  ratingInput,
  textInput,
  timeInput,
  unknownInput,
  urlInput,
} from './input-blocks';
import { sample } from './variables';

/** Says what it has stored, and asks again, so that the conversation goes on. */
function asking(name: string, question: string, input: InputBlock): BotInit {
  const saved = { ...input, save: input.save ?? 'ANSWER' };
  return {
    name,
    groups: {
      start: [text(question), saved, text('Stored: {{ANSWER}}'), text('Anything else?'), textInput()],
    },
  };
}

const fruits = ['Apples', 'Pears', 'Sweet cherries'];

const pictures = [
  { title: 'Red', description: 'Like a rose', pictureSrc: sample('picture.png'), value: 'red' },
  { title: 'Blue', pictureSrc: sample('second.png') },
  { pictureSrc: sample('drawing.svg') },
];

const plans = [
  {
    title: 'Basic',
    description: 'For one person',
    imageUrl: sample('picture.png'),
    internalValue: 'plan-1',
    paths: [
      { text: 'Buy', to: 'bought' },
      { text: 'Tell me more', to: 'more' },
    ],
  },
  { title: 'Team', description: 'For up to ten', paths: [{ text: 'Buy', to: 'bought' }] },
];

/** Bots that ask one thing. */
export const askBots: readonly BotInit[] = [
  {
    name: 'choice',
    groups: {
      start: [
        text('Sales or support?'),
        choice(['Sales', 'Support', { content: 'Something else', value: 'other' }, { value: 'unnamed' }], {
          save: 'TOPIC',
        }),
        text('You chose {{TOPIC}}.'),
        text('How many?'),
        choice(['One', 'Two'], { save: 'COUNT' }),
        text('{{COUNT}} it is.'),
        textInput(),
      ],
    },
  },
  {
    name: 'choice-by-way',
    groups: {
      start: [
        text('Where to?'),
        choice([{ content: 'Left', to: 'left' }, 'Straight on'], { save: 'WAY' }),
        text('Ahead.'),
        textInput(),
      ],
      left: [text('You went left.'), textInput()],
    },
  },
  asking('multiple-choice', 'What would you like?', choice(fruits, { isMultipleChoice: true })),
  {
    name: 'dynamic-choice',
    variables: ['CITIES', 'DAYS'],
    groups: {
      start: [
        text('Which city?'),
        choiceFrom('CITIES', { save: 'CITY' }),
        text('Which day?'),
        choiceFrom('DAYS', { save: 'DAY' }),
        text('{{CITY}} on {{DAY}}.'),
        textInput(),
      ],
    },
  },
  asking('picture-choice', 'Which colour?', pictureChoice(pictures)),
  asking('picture-choices', 'Which colours?', pictureChoice(pictures, { isMultipleChoice: true })),
  {
    name: 'cards',
    groups: {
      start: [
        text('Our plans:'),
        cards(plans, { saveFields: { Title: 'PLAN', Button: 'ACTION', 'Internal Value': 'PLAN_ID' } }),
      ],
      bought: [text('{{PLAN}} is yours.'), textInput()],
      more: [text('More about {{PLAN}}.'), textInput()],
    },
  },
  asking(
    'rating',
    'How was it?',
    ratingInput({ length: 5, startsAt: 1, labels: { left: 'Bad', right: 'Good' } }),
  ),
  asking('rating-as-usual', 'How was it?', ratingInput()),
  asking('number', 'How many?', numberInput({ min: 1, max: 10, step: 1 })),
  asking('number-from-zero', 'How many?', numberInput({ min: 0 })),
  asking('email', 'Your e-mail?', emailInput()),
  asking('url', 'Your site?', urlInput({ retryMessageContent: 'That is no address.' })),
  asking('phone', 'Your phone?', phoneInput()),
  asking('phone-at-home', 'Your phone?', phoneInput({ defaultCountryCode: 'RU' })),
  asking('date', 'Which day?', dateInput()),
  asking('date-and-time', 'When?', dateInput({ hasTime: true })),
  asking('date-range', 'From when to when?', dateInput({ isRange: true })),
  asking('date-within', 'Which day in 2026?', dateInput({ min: '2026-01-01', max: '2026-12-31' })),
  asking('date-month-first', 'Which day?', dateInput({ format: 'MM/dd/yyyy' })),
  asking('time', 'At what time?', timeInput()),
  asking('file', 'Send me a file.', fileInput()),
  asking(
    'file-optional',
    'A photo, if you like.',
    fileInput({ isRequired: false, labels: { skip: 'No photo' } }),
  ),
  asking('files', 'Send me files.', fileInput({ isMultipleAllowed: true })),
  asking(
    'file-limited',
    'A picture or a PDF.',
    fileInput({ allowedFileTypes: { isEnabled: true, types: ['image/*', '.pdf'] }, sizeLimit: 1 }),
  ),
  asking('attachments', 'Describe it, with pictures.', textInput({ isLong: true, attachmentsTo: 'FILES' })),
  asking('audio-clip', 'Tell me.', textInput({ audioTo: 'VOICE' })),
  asking('payment', 'Please pay.', paymentInput()),
  asking('unknown-input', 'Sign here.', unknownInput('signature input', { labels: { button: 'Sign' } })),
  {
    ...asking('own-sentence', 'Sales or support?', choice(['Sales', 'Support'])),
    settings: { invalidMessage: 'Please use the buttons.' },
  },
];

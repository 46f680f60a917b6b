import { echo, text } from './bubble-blocks';
import type { BotInit } from './bot';
import {
  cards,
  choice,
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
  urlInput,
} from './input-blocks';
import { sample } from './variables';

/** One question after another, every kind of input, and at the end the one that a chat cannot answer. */
export const everyInputBot: BotInit = {
  name: 'every-input',
  variables: ['FIRST_NAME', 'MESSAGE'],
  groups: {
    start: [
      text('Hello {{FIRST_NAME}}, a few questions. What is your full name?'),
      textInput({ save: 'NAME' }),
      text('How many people are you?'),
      numberInput({ save: 'PEOPLE', min: 1, max: 20 }),
      text('Your e-mail address?'),
      emailInput({ save: 'EMAIL' }),
      text('Your site?'),
      urlInput({ save: 'SITE' }),
      text('Your phone number?'),
      phoneInput({ save: 'PHONE', defaultCountryCode: 'RU' }),
      text('On which day?'),
      dateInput({ save: 'DAY' }),
      text('At what time?'),
      timeInput({ save: 'TIME' }),
      text('Inside or outside?'),
      choice(['Inside', 'Outside'], { save: 'PLACE' }),
      text('What would you like to drink?'),
      choice(['Tea', 'Coffee', 'Orange juice'], { save: 'DRINKS', isMultipleChoice: true }),
      text('Which table?'),
      pictureChoice(
        [
          { title: 'By the window', pictureSrc: sample('picture.png'), description: 'With a view' },
          { title: 'In the corner', pictureSrc: sample('second.png') },
        ],
        { save: 'TABLE' },
      ),
      text('Which menu?'),
      cards(
        [
          {
            title: 'Small',
            description: 'Two courses',
            imageUrl: sample('picture.png'),
            paths: [{ text: 'Take it' }],
          },
          {
            title: 'Large',
            description: 'Five courses',
            paths: [{ text: 'Take it' }, { text: 'Without fish' }],
          },
        ],
        { saveFields: { Title: 'MENU', Button: 'MENU_NOTE' } },
      ),
      text('How do you like these questions?'),
      ratingInput({ save: 'RATING', length: 5, startsAt: 1 }),
      text('A photo of your group, if you like.'),
      fileInput({ save: 'PHOTO', isRequired: false }),
      echo(
        ...['NAME', 'PEOPLE', 'EMAIL', 'SITE', 'PHONE', 'DAY', 'TIME', 'PLACE', 'DRINKS', 'TABLE', 'MENU'],
        ...['MENU_NOTE', 'RATING', 'PHOTO'],
      ),
      text('Please pay the deposit.'),
      paymentInput({ save: 'PAYMENT', amount: '10.00', currency: 'EUR' }),
      text('Paid. See you!'),
    ],
  },
};

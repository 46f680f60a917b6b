import {
  audio,
  cards,
  choice,
  customEmbed,
  dateInput,
  embed,
  end,
  fileInput,
  httpOnClient,
  image,
  link,
  list,
  listenForWebhook,
  numberInput,
  onCommand,
  paragraph,
  pause,
  paymentInput,
  phoneInput,
  pictureChoice,
  ratingInput,
  redirect,
  richText,
  setOnClient,
  text,
  textInput,
  video,
  wait,
  type Block,
  type BotEvent,
} from '../../../sandbox/typebot';
import type { Compared } from './compared';

/** A bot with these blocks, which behind them asks for some text. */
function answer(
  what: string,
  blocks: readonly Block[],
  {
    says = ['Hello'],
    events = [],
    ...more
  }: Partial<Omit<Compared, 'what' | 'bot'>> & { events?: BotEvent[] } = {},
): Compared {
  const name = what.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const groups = { start: [...blocks, textInput()], help: [text('Just write your name.')] };
  return { what, says, bot: { name, variables: ['FIRST_NAME'], groups, events }, ...more };
}

const shop = 'https://shop.example';
const topics = [
  text('Sales or support?'),
  choice(['Sales', 'Support'], { save: 'TOPIC' }),
  text('{{TOPIC}} it is.'),
];
const nameAndStreet = [
  text('Your name?'),
  textInput({ save: 'NAME' }),
  text('Your street, {{NAME}}?'),
  textInput({ save: 'STREET' }),
  text('{{NAME}}, {{STREET}}: is that right?'),
];

/** What a client of an Open Channel is to see of each. */
export const answersToCompare: readonly Compared[] = [
  answer('Several bubbles', [
    text('Good day, {{FIRST_NAME}}!'),
    text('I am the bot of the shop.'),
    text('How can I help?'),
  ]),
  answer('Lines, with a blank one, in one bubble', [text('Open from 9 to 18.\n\nClosed on Sunday.')]),
  answer('Marks inside marks', [
    richText(
      paragraph(
        { text: 'Only ' },
        { text: 'today', bold: true, italic: true },
        { text: ': ' },
        {
          text: '10',
          strikethrough: true,
        },
        { text: ' 8 EUR' },
      ),
    ),
  ]),
  answer('A link', [
    richText(paragraph({ text: 'See ' }, link(`${shop}/new`, 'what is new'), { text: '.' })),
  ]),
  answer('A list in a list', [richText(list('ul', ['Tea', list('ol', ['Green', 'Black']), 'Coffee']))]),
  answer('A picture alone', [image(`${shop}/cat.png`)]),
  answer('A text, and a picture with a link behind it', [
    text('Our cat:'),
    image(`${shop}/cat.png`, { clickLink: { url: `${shop}/cats`, alt: 'More cats' } }),
  ]),
  answer('A film as a file, and one on YouTube', [
    video(`${shop}/film.mp4`),
    video('https://youtu.be/abc-DEF_123'),
  ]),
  answer('A recording', [text('Listen:'), audio(`${shop}/song.mp3`)]),
  answer('A page and a document that are embedded', [embed(`${shop}/map`), embed(`${shop}/prices.pdf`)]),
  answer('A widget', [text('Choose a time:'), customEmbed(`${shop}/calendar`)]),
  answer('A bubble that is empty because its variable is', [text('Good day!'), text('{{NOTHING}}')]),
  answer('A wait between two bubbles', [text('Let me see.'), wait(2), text('There are three left.')]),
  answer('A redirect', [text('This way:'), redirect(`${shop}/checkout`)]),
  answer('A pause, behind which the bot wants to be called', [
    text('One moment.'),
    pause(1),
    text('Here I am.'),
  ]),
  answer('A script and a request for the browser', [
    setOnClient('NOW', 'new Date().getHours()'),
    httpOnClient({ url: `${shop}/api` }, { STATUS: 'statusCode' }),
    text('The shop says {{STATUS}}.'),
  ]),
  answer('A question with buttons', topics),
  answer('The same, and the client writes `support`', topics, { says: ['Hello', 'support'] }),
  answer('The same, and the client writes `2`', topics, { says: ['Hello', '2'] }),
  answer('A bot that begins with buttons, and the first message is `Support`', topics.slice(1), {
    says: ['Support'],
  }),
  answer('A question with several choices', [
    text('What would you like?'),
    choice(['Tea', 'Coffee', 'Milk'], { isMultipleChoice: true }),
  ]),
  answer('Pictures to choose from', [
    text('Which colour?'),
    pictureChoice([
      { title: 'Red', description: 'Like a rose', pictureSrc: `${shop}/red.png` },
      { title: 'Blue', pictureSrc: `${shop}/blue.png` },
    ]),
  ]),
  answer('Cards', [
    text('Our plans:'),
    cards([
      {
        title: 'Basic',
        description: 'For one',
        imageUrl: `${shop}/basic.png`,
        paths: [{ text: 'Buy' }, { text: 'Ask' }],
      },
      { title: 'Team', description: 'For ten', paths: [{ text: 'Buy' }] },
    ]),
  ]),
  answer('A rating', [
    text('How was it?'),
    ratingInput({ startsAt: 1, length: 5, labels: { left: 'Bad', right: 'Good' } }),
  ]),
  answer('A question for a number', [text('How many?'), numberInput({ min: 1, max: 10 })]),
  answer('A question for a phone number', [text('Your phone?'), phoneInput()]),
  answer('A question for a date', [text('Which day?'), dateInput()]),
  answer(
    'The same, and the client writes `31 декабря 2030`',
    [text('Which day?'), dateInput({ save: 'DAY' }), text('Noted: {{DAY}}')],
    { says: ['Hello', '31 декабря 2030'] },
  ),
  answer('A question for a file that one may leave', [
    text('A photo, if you like.'),
    fileInput({ isRequired: false, labels: { skip: 'No photo' } }),
  ]),
  answer(
    'A question for money, and the client writes `I want to pay later`',
    [text('Please pay.'), paymentInput(), text('Thank you for the payment!')],
    { says: ['Hello', 'I want to pay later'] },
  ),
  answer(
    'A bot that waits for a webhook, and the client writes `Hello?`',
    [
      text('I wait for your bank.'),
      listenForWebhook({ PAID: 'data.amount' }),
      text('Your bank has paid {{PAID}} EUR.'),
    ],
    { says: ['Hello', 'Hello?'] },
  ),
  answer(
    'The end of the conversation',
    [text('Your name?'), textInput({ save: 'NAME' }), text('Goodbye, {{NAME}}!'), end()],
    {
      says: ['Hello', 'Ann'],
    },
  ),
  answer(
    'The message after the end',
    [text('Your name?'), textInput({ save: 'NAME' }), text('Goodbye, {{NAME}}!'), end()],
    {
      says: ['Hello', 'Ann', 'One more thing'],
    },
  ),
  answer('A conversation that Typebot has lost', topics, { says: ['Hello', 'Sales'], fault: 'session-lost' }),
  answer('A command that the bot has', nameAndStreet, {
    says: ['Hello', { command: 'help' }],
    events: [onCommand('help', { to: 'help', resumeAfter: true })],
  }),
  answer('A command that the bot does not have', nameAndStreet, { says: ['Hello', { command: 'help' }] }),
  answer('Two quick messages, `Ann` and `Green Street 1`', nameAndStreet, {
    says: ['Hello', 'Ann'],
    quickly: 'Green Street 1',
  }),
  answer('An error of Typebot', nameAndStreet, { says: ['Hello', 'Ann'], fault: 'server-error' }),
];

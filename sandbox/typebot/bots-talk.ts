import {
  audio,
  bubble,
  embed,
  emptyText,
  image,
  link,
  list,
  paragraph,
  richText,
  text,
  untouchedBubble,
  video,
} from './bubble-blocks';
import type { BotInit } from './bot';
import { textInput } from './input-blocks';
import { log, wait } from './step-blocks';
import { sample } from './variables';

const ask = [text('Anything else?'), textInput({ save: 'WISH' })];

/** Bots that show something. */
export const talkBots: readonly BotInit[] = [
  {
    name: 'greeting',
    variables: ['FIRST_NAME', 'MESSAGE'],
    groups: {
      start: [
        text('Hello {{FIRST_NAME}}!'),
        text('What can I do for you?'),
        textInput({ save: 'WISH' }),
        text('You wrote: {{WISH}}'),
        ...ask,
      ],
    },
  },
  {
    name: 'bubbles-and-wait',
    groups: {
      start: [
        text('One moment.'),
        wait(2),
        image(sample('picture.png')),
        text('Nearly there.'),
        wait(30),
        ...ask,
      ],
    },
  },
  {
    name: 'every-bubble',
    groups: {
      start: [
        text('A text'),
        image(sample('picture.png'), { clickLink: { url: 'https://example.com/more', alt: 'More' } }),
        image(sample('drawing.svg')),
        image('data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='),
        video(sample('film.mp4')),
        video('https://youtu.be/abc-DEF_123'),
        video('https://vimeo.com/76979871'),
        video('https://www.tiktok.com/@someone/video/7012345678901234567'),
        video('https://gumlet.tv/watch/64bfb0913ed6e5096d66dc1e'),
        audio(sample('sound.wav')),
        embed('https://example.com/map', { height: 400 }),
        embed(sample('prices.pdf')),
        ...ask,
      ],
    },
  },
  {
    name: 'rich-text',
    variables: ['FIRST_NAME', 'LINK'],
    groups: {
      start: [
        richText(
          paragraph(
            { text: 'Hi ' },
            { text: '{{FIRST_NAME}}', bold: true },
            { text: ', ' },
            {
              text: 'welcome',
              bold: true,
              italic: true,
            },
          ),
          paragraph({ text: '' }),
          paragraph(
            { text: 'was 5', strikethrough: true },
            { text: ' now ' },
            { text: '4', underline: true },
          ),
          list('ul', ['One', list('ol', ['Inner one', 'Inner two']), 'Two']),
          paragraph({ text: 'See ' }, link('{{LINK}}', 'our site'), { text: '.' }),
          paragraph({ text: 'npm start', code: true }),
        ),
        richText(
          { type: 'h2', children: [{ text: 'Prices' }] },
          { type: 'blockquote', children: [{ text: 'As of today' }] },
          { type: 'code_block', children: [{ type: 'code_line', children: [{ text: 'let a = 1;' }] }] },
          paragraph({ text: 'before ' }, { type: 'inline-variable', children: [{ text: 'inside' }] }),
          { type: 'of-tomorrow', children: [{ text: 'Whatever this is' }] },
        ),
        ...ask,
      ],
    },
  },
  {
    name: 'empty-bubbles',
    variables: ['NOTHING'],
    groups: {
      start: [
        emptyText(),
        wait(1),
        text(''),
        text('{{NOTHING}}'),
        untouchedBubble('image'),
        text('This one has a text.'),
        ...ask,
      ],
    },
  },
  {
    name: 'missing-urls',
    groups: {
      start: [
        image(undefined),
        video(undefined),
        audio(undefined),
        embed(undefined),
        image('{{NOTHING}}'),
        ...ask,
      ],
    },
  },
  {
    name: 'unknown-bubble',
    groups: {
      start: [text('Before'), bubble('hologram', { url: 'https://example.com/h' }), text('After'), ...ask],
    },
  },
  {
    name: 'logs',
    groups: {
      start: [
        log({
          status: 'error',
          context: 'While executing block',
          description: 'OpenAI API error',
          details: '401 Incorrect API key provided: sk-sandbox',
        }),
        text('I could not look that up.'),
        ...ask,
      ],
    },
  },
];

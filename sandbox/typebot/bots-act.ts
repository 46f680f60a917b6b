import { customEmbed, echo, text, waitingEmbed } from './bubble-blocks';
import type { BotInit } from './bot';
import { textInput } from './input-blocks';
import {
  chatwoot,
  clientAction,
  clientScript,
  httpOnClient,
  jump,
  listenForWebhook,
  pause,
  redirect,
  set,
  setOnClient,
  tracking,
  wait,
} from './step-blocks';

const ask = [text('Anything else?'), textInput({ save: 'WISH' })];

/** Bots that want the client to do something. */
export const actBots: readonly BotInit[] = [
  {
    name: 'redirect',
    variables: ['DIALOG_ID'],
    groups: { start: [text('Our shop:'), redirect('https://example.com/shop?chat={{DIALOG_ID}}'), ...ask] },
  },
  {
    name: 'pause',
    groups: { start: [text('One.'), pause(1), text('Two.'), pause(), text('Three.'), ...ask] },
  },
  {
    name: 'set-variable',
    variables: ['FIRST_NAME'],
    groups: {
      start: [
        text('One moment.'),
        setOnClient('MOMENT', 'return new Date().getHours() < 12 ? "morning" : "evening"'),
        text('Moment: {{MOMENT}}'),
        ...ask,
      ],
    },
  },
  {
    name: 'set-literals',
    variables: ['FIRST_NAME'],
    groups: {
      start: [
        setOnClient('NUMBER', '42', { isCode: false }),
        setOnClient('WORDS', '"two words"'),
        setOnClient('GREETING', 'return "Hello " + {{FIRST_NAME}}', { isUnsafe: true }),
        echo('NUMBER', 'WORDS', 'GREETING'),
        ...ask,
      ],
    },
  },
  {
    name: 'http-request',
    groups: {
      start: [
        text('I look that up.'),
        httpOnClient(
          { url: 'http://169.254.169.254/latest/meta-data', headers: { 'X-Key': 'abc' } },
          { STATUS: 'statusCode', NAME: 'data.people[0].name' },
        ),
        echo('STATUS', 'NAME'),
        ...ask,
      ],
    },
  },
  {
    name: 'webhook',
    groups: {
      start: [
        text('I wait for the payment.'),
        listenForWebhook({ PAID: 'data.amount', BODY: 'data' }),
        echo('PAID', 'BODY'),
        ...ask,
      ],
    },
  },
  { name: 'chatwoot', groups: { start: [text('A person will come.'), chatwoot(), ...ask] } },
  {
    name: 'ignored-actions',
    settings: { startProps: { googleAnalyticsId: 'G-1', gtmId: 'GTM-1' } },
    groups: {
      start: [
        clientScript('document.title = "changed"'),
        text('Nothing to see here.'),
        clientAction({ type: 'codeToExecute', codeToExecute: { args: {}, content: 'alert(1)' } }),
        tracking('googleAnalytics', { trackingId: 'G-1', action: 'seen' }),
        tracking('pixel', { pixelId: '1' }),
        ...ask,
      ],
    },
  },
  {
    name: 'unknown-action',
    groups: {
      start: [
        text('Before'),
        clientAction({ type: 'vibrate', vibrate: { seconds: 1 } }),
        clientAction({ type: 'readFingerprint' }, true),
        text('After'),
        ...ask,
      ],
    },
  },
  {
    name: 'stream',
    groups: {
      start: [
        clientAction(
          { type: 'streamOpenAiChatCompletion', streamOpenAiChatCompletion: { messages: [] } },
          true,
        ),
        text('After the stream'),
        ...ask,
      ],
    },
  },
  {
    name: 'waiting-embed',
    groups: {
      start: [
        text('Choose a time:'),
        waitingEmbed('https://example.com/calendar', 'booked', 'BOOKING'),
        text('Booked: {{BOOKING}}'),
        ...ask,
      ],
    },
  },
  {
    name: 'custom-embed',
    groups: {
      start: [
        text('Choose a time:'),
        customEmbed('https://example.com/cal', 'BOOKING'),
        text('Booked: {{BOOKING}}'),
        customEmbed(undefined),
        ...ask,
      ],
    },
  },
  { name: 'wait-before-anything', groups: { start: [wait(1), wait(0), text('Here I am.'), ...ask] } },
  /** Each call is answered with the wish for another one. */
  { name: 'endless-replies', groups: { start: [text('Round'), pause(), jump('start')] } },
  /** Never comes to an end within one call. */
  { name: 'endless-flow', groups: { start: [set('ROUND', 'again'), jump('start')] } },
];

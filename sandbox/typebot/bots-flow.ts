import { echo, text } from './bubble-blocks';
import type { BotInit } from './bot';
import { choice, textInput } from './input-blocks';
import { back, end, jump, onCommand, onInvalidReply, onReply, whenIs, whenSet } from './step-blocks';

const ask = [text('Anything else?'), textInput({ save: 'WISH' })];

/** Bots that begin, end or branch in some way of their own. */
export const flowBots: readonly BotInit[] = [
  {
    name: 'asks-first',
    groups: { start: [textInput({ save: 'WISH' }), text('You wrote: {{WISH}}'), ...ask] },
  },
  {
    name: 'choice-first',
    groups: { start: [choice(['Sales', 'Support'], { save: 'TOPIC' }), text('{{TOPIC}} it is.'), ...ask] },
  },
  { name: 'end-on-start', groups: { start: [text('We are closed today.'), text('Goodbye!')] } },
  {
    name: 'end-on-continue',
    groups: { start: [text('Your name?'), textInput({ save: 'NAME' }), text('Goodbye, {{NAME}}!'), end()] },
  },
  {
    name: 'branches',
    groups: {
      start: [
        text('Sales or support?'),
        choice(['Sales', 'Support'], { save: 'TOPIC' }),
        whenIs('TOPIC', 'Sales', 'sales'),
        jump('support'),
      ],
      sales: [text('You speak to sales.'), ...ask],
      support: [text('You speak to support.'), ...ask],
    },
  },
  {
    name: 'remembers',
    settings: { rememberUser: true },
    groups: {
      start: [whenSet('NAME', 'again'), text('Your name?'), textInput({ save: 'NAME' }), jump('again')],
      again: [text('Welcome, {{NAME}}.'), ...ask],
    },
  },
  {
    name: 'typing',
    settings: {
      typingEmulation: {
        enabled: true,
        speed: 200,
        maxDelay: 2,
        delayBetweenBubbles: 1,
        isDisabledOnFirstMessage: false,
      },
    },
    groups: { start: [text('Let me think about what you have just written to me.'), text('I see.'), ...ask] },
  },
  {
    name: 'variables',
    variables: ['MESSAGE', 'FIRST_NAME', 'DIALOG_ID', 'TAGS', 'Message'],
    groups: { start: [echo('MESSAGE', 'FIRST_NAME', 'DIALOG_ID', 'TAGS', 'Message'), ...ask] },
  },
  {
    name: 'commands',
    events: [
      onCommand('help', { to: 'help', resumeAfter: true }),
      onCommand('start', { to: 'start' }),
      onCommand('stop', { to: 'stop' }),
      onCommand('loose', {}),
    ],
    groups: {
      start: [text('Your name?'), textInput({ save: 'NAME' }), text('Hello {{NAME}}.'), ...ask],
      help: [text('Just write your name.')],
      stop: [text('Stopped.')],
    },
  },
  {
    name: 'reply-event',
    events: [onReply('look', 'SAID')],
    groups: {
      start: [text('How many?'), choice(['One', 'Two'], { save: 'COUNT' }), text('{{COUNT}} it is.'), ...ask],
      look: [whenIs('SAID', 'agent', 'agent'), back()],
      agent: [text('A person will come.')],
    },
  },
  {
    name: 'invalid-reply-event',
    events: [onInvalidReply('wrong', 'SAID')],
    groups: {
      start: [text('How many?'), choice(['One', 'Two'], { save: 'COUNT' }), text('{{COUNT}} it is.'), ...ask],
      wrong: [text('{{SAID}} is not among them.'), back()],
    },
  },
  { name: 'closed', state: 'closed', settings: { closedMessage: 'Back on Monday' }, groups: { start: ask } },
  { name: 'suspended', state: 'suspended', groups: { start: ask } },
  { name: 'unpublished', state: 'unpublished', groups: { start: ask } },
  { name: 'guarded', settings: { allowedOrigins: ['https://example.com'] }, groups: { start: ask } },
];

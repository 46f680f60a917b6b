import { isMap } from '../shared/params';
import type { Fields } from './blocks';
import type { Fault } from './faults';
import { sessionExpired } from './refusal';
import type { ScenarioRow } from './scenario';

/** They can be ordered for any bot; this one plays them if no other is named. */
function goesWrong(what: string, ...faults: readonly Fault[]): ScenarioRow {
  return { bot: 'greeting', what, faults };
}

function page(status: number, title: string): Fault {
  const html = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  return { reply: { status, html } };
}

const lost: Fault = { on: 'continue', session: 'deleted' };
const elsewhere = { Location: 'https://typebot.example.com/elsewhere' };

function withoutMessages(answer: Fields): unknown {
  return Object.fromEntries(Object.entries(answer).filter(([name]) => name !== 'messages'));
}

function withNulls(answer: Fields): unknown {
  const messages: unknown[] = Array.isArray(answer['messages']) ? answer['messages'] : [];
  const typebot = isMap(answer['typebot']) ? { typebot: { ...answer['typebot'], settings: null } } : {};
  return {
    ...answer,
    ...typebot,
    messages: [null, ...messages, { id: 'x', type: 'text', content: null }],
    clientSideActions: null,
    logs: null,
  };
}

/** What goes wrong on the way. */
export const failScenarios = {
  'session-lost': goesWrong('The session is gone: 404 to the next answer.', lost),
  'session-lost-twice': goesWrong('Gone, and so is the one that was started instead.', lost, lost),
  'session-lost-and-unpublished': goesWrong('Gone, and no other can be started.', lost, {
    on: 'start',
    refuse: { status: 404, message: 'Typebot not found' },
  }),
  'session-expired': goesWrong(`404: ${sessionExpired}`, { on: 'continue', session: 'expired' }),
  'session-broken': goesWrong('The bot was edited under the session: 500.', {
    on: 'continue',
    session: 'broken',
  }),
  'session-without-block': goesWrong('500: the session does not know where it stands.', {
    on: 'continue',
    refuse: { status: 500, message: 'Current block id is not set' },
  }),
  'old-error-shape': goesWrong('404 as servers before 3.15 put it.', { ...lost, shape: 'old' }),
  'closed-old-shape': goesWrong('A closed bot as servers before 3.15 put it.', {
    on: 'start',
    refuse: { status: 400, message: 'This bot is now closed' },
    shape: 'old',
  }),
  'input-refused': goesWrong('400: the request has a form that the server does not know.', {
    refuse: { status: 400, message: 'Input validation failed', detail: { issues: [{ path: ['message'] }] } },
  }),
  'command-refused-as-form': goesWrong('Servers before 3.5 do not know commands at all: 400.', {
    on: 'continue',
    refuse: { status: 400, message: 'Input validation failed', detail: { issues: [{ path: ['message'] }] } },
  }),
  timeout: goesWrong('408: the flow took too long.', {
    refuse: { status: 408, message: '30 seconds timeout reached' },
  }),
  'server-error': goesWrong('500 with a sentence of no use.', {
    refuse: { status: 500, message: 'Internal server error' },
  }),
  'bad-gateway': goesWrong('502 with a page of the proxy.', page(502, 'Bad Gateway')),
  unavailable: goesWrong('503 with a page of the proxy.', page(503, 'Service Temporarily Unavailable')),
  'gateway-timeout': goesWrong('504 with a page of the proxy; the answer was stored all the same.', {
    ...page(504, 'Gateway Time-out'),
    runs: true,
  }),
  redirected: goesWrong('301 to another host.', { reply: { status: 301, text: '', headers: elsewhere } }),
  'redirected-keeping-method': goesWrong('308 to another host.', {
    reply: { status: 308, text: '', headers: elsewhere },
  }),
  'cut-before-answer': goesWrong('The connection breaks, and nothing has happened.', {
    cut: 'before-answer',
  }),
  'answer-lost': goesWrong('The connection breaks, but the answer was stored.', {
    cut: 'before-answer',
    runs: true,
  }),
  'cut-mid-answer': goesWrong('The connection breaks in the middle of the answer.', {
    cut: 'mid-answer',
    runs: true,
  }),
  'no-answer': goesWrong('Neither a status nor a byte, ever.', { silent: true }),
  slow: goesWrong('The answer takes 30 seconds.', { delayMs: 30_000 }),
  'html-page': goesWrong('200 with a page, as of a sign-in.', {
    reply: { status: 200, html: '<!DOCTYPE html><html><body>Please log in</body></html>' },
  }),
  'broken-json': goesWrong('200 with JSON that ends too early.', {
    reply: { status: 200, text: '{"messages":[{"id":"b1","type":"te' },
  }),
  'empty-body': goesWrong('200 with nothing.', { reply: { status: 200, text: '' } }),
  'other-json': goesWrong('200 with JSON of something else.', { reply: { status: 200, json: ['hello'] } }),
  'without-messages': goesWrong('An answer that has no messages.', { change: withoutMessages }),
  'with-nulls': goesWrong('An answer with nothing where something is expected.', { change: withNulls }),
} satisfies Record<string, ScenarioRow>;

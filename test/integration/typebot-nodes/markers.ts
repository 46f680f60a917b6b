import { log, text, textInput, type BotInit, type Fault } from '../../../sandbox/typebot';

/** Each stands for what must be seen in no status, no log and no error. */
export const marker = {
  token: 'tb-MARKER-5ecret-token',
  accessToken: 'MARKER-access-token-of-a-person',
  variable: 'MARKER-value-of-a-variable',
  text: 'MARKER-what-the-person-wrote',
} as const;

const all = Object.values(marker).join(' and ');

/** Answers that repeat what they were asked, as careless servers do. */
export const repeating: readonly { what: string; with: Fault }[] = [
  { what: 'in a refusal', with: { refuse: { status: 500, message: `It failed with ${all}` } } },
  {
    what: 'in the details of a refusal',
    with: {
      refuse: {
        status: 400,
        message: `Input validation failed: ${all}`,
        detail: { issues: [{ path: ['prefilledVariables', marker.variable], message: all }], received: all },
      },
    },
  },
  { what: 'in a page', with: { reply: { status: 403, html: `<h1>Forbidden</h1><p>Bearer ${all}</p>` } } },
  { what: 'in a page of a proxy', with: { reply: { status: 502, html: `<p>${all}</p>` } } },
  {
    what: 'in an address to go to',
    with: {
      reply: {
        status: 302,
        text: '',
        headers: { Location: `https://typebot.example.com/${encodeURIComponent(all)}` },
      },
    },
  },
  { what: 'in what is no JSON', with: { reply: { status: 200, text: `{"messages": ${all}` } } },
  { what: 'in JSON of something else', with: { reply: { status: 200, json: { said: all } } } },
];

export const logBot: BotInit = {
  name: 'log-of-variables',
  variables: ['MESSAGE', 'FIRST_NAME', 'access_token'],
  groups: {
    start: [
      log({ status: 'error', description: `the mail could not be sent to ${all}`, details: all }),
      text('Whatever.'),
      textInput(),
    ],
  },
};

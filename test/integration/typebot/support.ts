import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import type { Clock } from '../../../lib/core/clock';
import { BitlaneError } from '../../../lib/core/errors';
import { at } from '../../../lib/core/fields';
import { parseJson } from '../../../lib/core/json';
import type { Part } from '../../../lib/core/parts';
import { createTurns } from '../../../lib/core/turns';
import {
  createTypebotClient,
  type TypebotClient,
  type TypebotClientOptions,
} from '../../../lib/typebot/client';
import type { TypebotTurn } from '../../../lib/typebot/request';
import type { Said } from '../../../lib/typebot/inputs/said';
import type { TypebotSession } from '../../../lib/typebot/session';
import { listen, sendJson } from '../../../sandbox/shared/http-listener';
import { hastyClock as hastyClockOf } from '../../support/hasty-clock';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { patientHttp } from '../../support/patient-http';

/** Each stands for what must be seen in no error and no log. */
export const marker = {
  token: 'tb-MARKER-5ecret-token',
  variable: 'MARKER-value-of-a-variable',
  text: 'MARKER-what-the-person-wrote',
  bot: 'marker-public-id-of-the-bot',
  session: 'cmMARKERsessionid0001',
};

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export type Answerer = (asked: Asked, response: ServerResponse, place: number) => unknown;

export interface FakeTypebot {
  readonly origin: string;
  readonly asked: Asked[];
  /** What was said in each call, in order. */
  messages(): unknown[];
  paths(): string[];
}

export interface TypebotBench {
  readonly clock: ManualClock;
  server(answer: Answerer): Promise<FakeTypebot>;
  /** Gives these answers, one after the other; the last one again and again. */
  script(...answers: readonly object[]): Promise<FakeTypebot>;
  client(typebot: { origin: string }, changes?: Partial<TypebotClientOptions>, clock?: Clock): TypebotClient;
}

export function typebotBench(): TypebotBench {
  const closing: (() => unknown)[] = [];
  let clock = manualClock();
  beforeEach(() => {
    clock = manualClock(1_785_000_000_000);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function server(answer: Answerer): Promise<FakeTypebot> {
    const asked: Asked[] = [];
    const listener = await listen((request, response) => {
      const { method, headers, url } = request;
      asked.push({ method, headers, path: url.pathname, body: parseJson(request.body.toString('utf8')) });
      const last = asked.at(-1);
      if (last) answer(last, response, asked.length);
    });
    closing.push(() => listener.stop());
    return {
      origin: listener.origin,
      asked,
      messages: () => asked.map(({ body }) => at(body, 'message')),
      paths: () => asked.map(({ method, path }) => `${method} ${path}`),
    };
  }

  function client(
    { origin }: { origin: string },
    changes: Partial<TypebotClientOptions> = {},
    ownClock: Clock = clock,
  ): TypebotClient {
    const http = patientHttp(ownClock);
    closing.push(() => http.close());
    return createTypebotClient({
      startUrl: `${origin}/my-bot`,
      http,
      clock: ownClock,
      random: () => 0.5,
      turns: createTurns(),
      ...changes,
    });
  }

  return {
    get clock() {
      return clock;
    },
    server,
    script: (...answers) =>
      server((_asked, response, place) =>
        sendJson(response, 200, answers[place - 1] ?? answers.at(-1) ?? {}),
      ),
    client,
  };
}

export const hastyClock = hastyClockOf(2000);

/** The error of a call, in which no secret is to be seen. */
export async function failureOf(attempt: Promise<unknown>): Promise<BitlaneError> {
  const error = await attempt.then(
    () => assert.fail('it did not fail'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof BitlaneError, inspect(error));
  assertHidden(error);
  return error;
}

export function assertHidden(value: unknown): void {
  const shown = inspect(value, { depth: 10, showHidden: true });
  for (const secret of Object.values(marker)) assert.ok(!shown.includes(secret), shown);
}

export function sessionOf({ session }: TypebotTurn): TypebotSession {
  assert.ok(session);
  return session;
}

export function said(text: string, more: Partial<Said> = {}): Said {
  return { text, files: [], ...more };
}

/** Short enough to compare: texts, `[wait ms]`, `[file name]`, `[choices a|b]`. */
export function brief(parts: readonly Part[]): string[] {
  return parts.map((part) => {
    if (part.type === 'text') return part.text;
    if (part.type === 'wait') return `[wait ${part.ms}]`;
    if (part.type === 'file') return `[file ${part.name}]`;
    return `[choices ${part.items.map(({ label }) => label).join('|')}]`;
  });
}

// What a viewer of Typebot says.

export const text = (words: string, id = `b-${words}`) => ({
  id,
  type: 'text',
  content: { type: 'richText', richText: [{ type: 'p', children: [{ text: words }] }] },
});

export const textInput = (id = 'i-text') => ({ id, type: 'text input', options: {} });

export const choiceInput = (labels: readonly string[], id = 'i-choice') => ({
  id,
  type: 'choice input',
  items: labels.map((content, place) => ({ id: `${id}-${place}`, content })),
});

export const started = (more: object, sessionId = 'cm1') => ({
  sessionId,
  resultId: 'r1',
  typebot: { id: 't1', version: '6.1', theme: {}, settings: {} },
  messages: [],
  ...more,
});

export const answered = (more: object = {}) => ({ messages: [], ...more });

export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  isOld = false,
): void {
  const current = { defined: false, code, status, message };
  sendJson(response, status, isOld ? { message, code } : current);
}

export function page(response: ServerResponse, status: number, words: string): void {
  response
    .writeHead(status, { 'content-type': 'text/html' })
    .end(`<!doctype html><html><head><style>b{}</style></head><body><h1>${words}</h1></body></html>`);
}

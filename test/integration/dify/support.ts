import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { BitlaneError } from '../../../lib/core/errors';
import { parseJson } from '../../../lib/core/json';
import type { Clock } from '../../../lib/core/clock';
import { createDifyClient, type DifyClient, type DifyClientOptions } from '../../../lib/dify/client';
import { createTurns } from '../../../lib/core/turns';
import { hastyClock as hastyClockOf } from '../../support/hasty-clock';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { patientHttp } from '../../support/patient-http';
import { startHttp } from '../../unit/core/loopback';

/** Stands for every secret: it must be seen in no error. */
export const apiKey = 'app-MARKER5ecretMARKER';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly body: unknown;
}

export type Answerer = (asked: Asked, response: ServerResponse, place: number) => unknown;

export interface FakeDify {
  readonly origin: string;
  readonly asked: Asked[];
  /** The paths that were asked for, in order. */
  paths(): string[];
}

export interface DifyBench {
  readonly clock: ManualClock;
  server(answer: Answerer): Promise<FakeDify>;
  client(dify: { origin: string }, changes?: Partial<DifyClientOptions>, clock?: Clock): DifyClient;
}

export function difyBench(): DifyBench {
  const closing: (() => unknown)[] = [];
  let clock = manualClock();
  beforeEach(() => {
    clock = manualClock(1_700_000_000_000);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function server(answer: Answerer): Promise<FakeDify> {
    const asked: Asked[] = [];
    const fake = await startHttp((request, response) => {
      text(request).then(
        (body) => {
          const url = new URL(request.url ?? '/', 'http://fake');
          const path = url.pathname.replace('/v1/', '');
          const { method = '', headers } = request;
          const seen = { method, path, query: url.searchParams, headers, text: body, body: parseJson(body) };
          asked.push(seen);
          answer(seen, response, asked.length);
        },
        () => response.destroy(),
      );
    });
    closing.push(() => fake.stop());
    return { origin: fake.origin, asked, paths: () => asked.map(({ method, path }) => `${method} ${path}`) };
  }

  function client(
    { origin }: { origin: string },
    changes: Partial<DifyClientOptions> = {},
    ownClock: Clock = clock,
  ): DifyClient {
    const http = patientHttp(ownClock);
    closing.push(() => http.close());
    return createDifyClient({
      baseUrl: origin,
      apiKey,
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
    client,
  };
}

export const hastyClock = hastyClockOf(10_000);

/** The error of a call, in which no secret is to be seen. */
export async function failureOf(attempt: Promise<unknown>): Promise<BitlaneError> {
  const error = await attempt.then(
    () => assert.fail('it did not fail'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof BitlaneError, String(error));
  assert.ok(!inspect(error, { depth: 5, showHidden: true }).includes(apiKey));
  return error;
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function refusal(response: ServerResponse, status: number, code: string, message: string): void {
  json(response, status, { code, message, status });
}

export function beginStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.flushHeaders();
}

export type SentEvent = Readonly<Record<string, unknown>>;

export function record(event: SentEvent, lineEnd = '\n'): string {
  return `data: ${JSON.stringify(event)}${lineEnd}${lineEnd}`;
}

export function send(response: ServerResponse, ...events: readonly SentEvent[]): void {
  for (const event of events) response.write(record(event));
}

export function stream(response: ServerResponse, ...events: readonly SentEvent[]): void {
  beginStream(response);
  send(response, ...events);
  response.end();
}

export const ids = { task_id: 't1', message_id: 'm1', conversation_id: 'c1' };
const inRun = { ...ids, workflow_run_id: 'r1' };

export const said = (answer: string, event = 'message'): SentEvent => ({ event, ...ids, answer });
export const messageEnd: SentEvent = {
  event: 'message_end',
  ...ids,
  metadata: {
    usage: { total_tokens: 7, total_price: '0.0012' },
    retriever_resources: [{ position: 1, document_name: 'Prices.pdf', content: 'x', score: 0.9 }],
  },
};
export const started: SentEvent = { event: 'workflow_started', ...inRun, data: { id: 'r1' } };
export const nodeStarted: SentEvent = { event: 'node_started', ...inRun, data: { node_id: 'n' } };
export function finished(outputs: unknown, status = 'succeeded', error: string | null = null): SentEvent {
  return {
    event: 'workflow_finished',
    ...inRun,
    data: { id: 'r1', status, outputs, error, total_tokens: 3, total_steps: 2, elapsed_time: 1.5 },
  };
}

export const question = { query: 'What does it cost?', inputs: { CITY: 'Minsk' }, user: 'm1:5:chat7' };

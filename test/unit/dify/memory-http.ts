import { Readable } from 'node:stream';
import type { HttpClient, HttpRequest, HttpStreamResponse } from '../../../lib/core/http';
import type { Clock } from '../../../lib/core/clock';
import { CancelledError } from '../../../lib/core/errors';
import { createDifyClient, type DifyClient } from '../../../lib/dify/client';
import { createTurns } from '../../../lib/core/turns';

export type Answerer = (request: HttpRequest) => HttpStreamResponse;

/** A client whose answers come from memory, where thousands of them are wanted. */
export function clientWith(answer: Answerer): { client: DifyClient; asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  const http: HttpClient = {
    send: () => Promise.reject(new Error('not used')),
    stream: (request) => {
      asked.push(request);
      return Promise.resolve(answer(request));
    },
    close: () => undefined,
  };
  const client = createDifyClient({
    baseUrl: 'http://127.0.0.1:1/v1',
    apiKey: 'app-1',
    http,
    clock: patientClock,
    turns: createTurns(),
  });
  return { client, asked };
}

/** Pauses take no time, limits are never reached. */
const patientClock: Clock = {
  now: () => 0,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (ms <= 5000) return void setImmediate(resolve);
      signal?.addEventListener('abort', () => reject(new CancelledError()), { once: true });
    }),
};

export function eventStream(body: Readable): HttpStreamResponse {
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body };
}

export function refused(status: number): HttpStreamResponse {
  const body = Readable.from([Buffer.from('{"code":"not_found","message":"no"}')]);
  return { status, headers: { 'content-type': 'application/json' }, body };
}

import type { Readable } from 'node:stream';
import { InvalidError } from '../core/errors';
import type { HttpClient, HttpStreamResponse } from '../core/http';
import type { HiddenTexts } from '../core/hidden-texts';
import { parseJson } from '../core/json';
import { outageOf, unusableAnswer, type DifyTimers } from './outage';
import { factsOf, refusalOf } from './refusal';
import { readSse } from './sse';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base, without a slash in front: names and encoded ids. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly upload?: { readonly contentType: string; readonly content: Readable };
  readonly signal?: AbortSignal | undefined;
  /** What answers at once or not at all is not waited for as long as a run, which thinks. */
  readonly answerMs?: number;
}

/** An answer with a status that says yes. */
export interface ApiAnswer {
  readonly json: unknown;
  /** What self-hosted releases say they are. */
  readonly version: string | undefined;
}

/** The events as they come, those of one piece of the stream together. */
export type ApiStream = { json: unknown } | { events: AsyncGenerator<readonly unknown[]>; close: () => void };

export interface DifyApi {
  readonly base: URL;
  ask(request: ApiRequest): Promise<ApiAnswer>;
  /** As a stream of events, or as JSON where a release or a proxy ignores the wish for a stream. */
  open(request: ApiRequest): Promise<ApiStream>;
  /** What must not be seen in an error about a request with this in it. */
  hiding(sent: unknown): HiddenTexts;
}

export interface ApiOptions {
  readonly base: URL;
  readonly apiKey: string;
  readonly http: HttpClient;
  readonly timers: DifyTimers;
}

/** Far above any answer in JSON. */
const largestJson = 16 * 1024 * 1024;
/** All events of one run with the variables of its nodes; they are not kept. */
const largestStream = 256 * 1024 * 1024;
const longestRefusal = 64 * 1024;
/** Of a proxy's page this is enough to know it by. */
const pageStart = 200;

export function createDifyApi({ base, apiKey, http, timers }: ApiOptions): DifyApi {
  const hiding = (sent: unknown): HiddenTexts => ({ secrets: [apiKey], sent });

  const timersOf = ({ answerMs = Infinity }: ApiRequest): DifyTimers => ({
    ...timers,
    idleMs: Math.min(answerMs, timers.idleMs),
  });

  async function exchange(request: ApiRequest, accept: string): Promise<HttpStreamResponse> {
    const { method, path, query = {}, body, upload, signal } = request;
    const { connectMs, idleMs } = timersOf(request);
    const url = new URL(path, base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const contentType = upload?.contentType ?? (body && 'application/json');
    const response = await http.stream({
      method,
      url,
      headers: {
        Authorization: `Bearer ${apiKey}`,
        Accept: accept,
        ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
      },
      body: upload?.content ?? (body && JSON.stringify(body)),
      signal,
      connectMs,
      timeoutMs: idleMs,
      silenceMs: idleMs,
      maxResponseBytes: largestStream,
    });
    if (response.status >= 200 && response.status < 300) return response;
    throw await refusalFrom(request, response, hiding);
  }

  async function ask(request: ApiRequest): Promise<ApiAnswer> {
    return inOwnWords(timersOf(request), async () => {
      const response = await exchange(request, 'application/json');
      const version = response.headers['x-version'];
      const text = await readText(response.body, largestJson, nameOf(request));
      if (response.status === 204 || text.trim() === '') return { json: {}, version };
      return { json: jsonOf(text, request), version };
    });
  }

  async function open(request: ApiRequest): Promise<ApiStream> {
    return inOwnWords(timers, async () => {
      const response = await exchange(request, 'text/event-stream, application/json');
      const { body } = response;
      const mediaType = mediaTypeOf(response);
      if (mediaType === 'application/json') {
        return { json: jsonOf(await readText(body, largestJson, nameOf(request)), request) };
      }
      if (!['text/event-stream', 'text/plain', ''].includes(mediaType)) {
        body.destroy();
        throw unusableAnswer(nameOf(request), `the answer is ${mediaType} instead of a stream of events`);
      }
      return { events: translated(readSse(body), timers), close: () => void body.destroy() };
    });
  }

  return { base, ask, open, hiding };
}

/** For one segment of a path: what comes from outside cannot lead elsewhere. Dots do so in any spelling. */
export function segment(id: string): string {
  if (!/^\.+$/.test(id)) return encodeURIComponent(id);
  throw new InvalidError('INPUT_INVALID', 'this is no id of Dify', { params: { what: 'id' } });
}

async function inOwnWords<T>(timers: DifyTimers, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw outageOf(error, timers);
  }
}

async function* translated<T>(events: AsyncGenerator<T>, timers: DifyTimers): AsyncGenerator<T> {
  try {
    yield* events;
  } catch (error) {
    throw outageOf(error, timers);
  }
}

async function refusalFrom(
  request: ApiRequest,
  response: HttpStreamResponse,
  hiding: DifyApi['hiding'],
): Promise<Error> {
  const { status, headers } = response;
  const location = headers['location'] ?? '';
  if (status >= 300 && status < 400) {
    response.body.destroy();
    return redirected(location, request);
  }
  const text = await readText(response.body, longestRefusal, nameOf(request)).catch(() => '');
  const envelope = parseJson(text);
  const facts = factsOf(envelope, status, retryAfterMs(headers));
  const words = envelope === undefined ? wordsOfPage(text) : facts.words;
  return refusalOf(
    nameOf(request),
    { ...facts, words },
    hiding([request.body, request.query, request.path.split('/').filter((part) => !isWord(part))]),
  );
}

function wordsOfPage(page: string): string {
  const start = page.slice(0, pageStart * 10).replace(/<[^<>]*>/g, ' ');
  return start.replace(/\s+/g, ' ').trim().slice(0, pageStart);
}

/** Nobody follows it: a POST would become a GET, and the key would go to whoever is named there. */
function redirected(location: string, request: ApiRequest): InvalidError {
  const target = URL.canParse(location) ? new URL(location).origin : 'another address';
  return new InvalidError('CONFIG_INVALID', `${nameOf(request)}: the address leads on to ${target}`, {
    params: {
      property: 'baseUrl',
      expected: URL.canParse(location) ? `${target}/v1` : 'https://…/v1',
      why: 'difyApi',
    },
  });
}

function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const given = headers['retry-after']?.trim() ?? '';
  if (/^\d{1,9}$/.test(given)) return Number(given) * 1000;
  const ms = Date.parse(given) - Date.parse(headers['date'] ?? '');
  return ms >= 0 ? ms : undefined;
}

async function readText(body: Readable, most: number, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    const piece: unknown = chunk;
    if (!Buffer.isBuffer(piece)) continue;
    length += piece.length;
    if (length > most) throw unusableAnswer(what, 'TOO_LARGE');
    chunks.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function jsonOf(text: string, request: ApiRequest): unknown {
  const json = parseJson(text);
  if (json === undefined) throw unusableAnswer(nameOf(request), 'the answer is no JSON');
  return json;
}

function mediaTypeOf({ headers }: HttpStreamResponse): string {
  const given = headers['content-type'] ?? '';
  const [type = ''] = given.split(';');
  const clean = type.trim().toLowerCase();
  return /^[\w.+/-]{0,80}$/.test(clean) ? clean : 'of an unknown kind';
}

/** The call without what stands for one thing alone: ids, and the tokens of forms, are no words. */
function nameOf({ path }: ApiRequest): string {
  const words = path.split('/').map((part) => (isWord(part) ? part : '*'));
  return words.join('/').slice(0, 100);
}

function isWord(part: string): boolean {
  return /^[a-z][a-z_-]{0,19}$/.test(part);
}

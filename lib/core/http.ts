import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setMaxListeners } from 'node:events';
import axios, { AxiosHeaders, type AxiosInstance, type AxiosResponse } from 'axios';
import { systemClock, type Clock } from './clock';
import { CancelledError } from './errors';
import { limitedBody } from './http-body';
import { openExchange, type Exchange } from './http-exchange';
import { guardedAgents, parseServiceUrl, type AddressPolicy, type ResolveHost } from './network-guard';

export interface HttpClientOptions {
  readonly policy: AddressPolicy;
  readonly userAgent: string;
  /**
   * For the look-up, the connection and the whole answer; of a streamed answer, for its headers. When the request's
   * body is a stream, counted from its last piece that got away.
   */
  readonly timeoutMs: number;
  /** Counted after decompression. */
  readonly maxResponseBytes: number;
  /** PEM certificates of authorities to trust besides the public ones. */
  readonly ca?: string | undefined;
  readonly resolve?: ResolveHost | undefined;
  readonly clock?: Clock | undefined;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** A stream is used up by the call, also when the call fails. */
  readonly body?: string | Buffer | Readable | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /**
   * The longest that look-up, TCP and TLS of a new connection may take; a pooled one is there already. `timeoutMs` is
   * then counted from the connection on.
   */
  readonly connectMs?: number | undefined;
  /** Streamed answers only: the longest silence between two pieces; as `timeoutMs` when left out. */
  readonly silenceMs?: number | undefined;
  readonly maxResponseBytes?: number | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface HttpStreamResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** To be read to its end or destroyed. Its errors are UnreachableError or CancelledError. */
  readonly body: Readable;
}

/** Redirects are answers like any other: nothing is followed. Every status is an answer, not an error. */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpResponse>;
  stream(request: HttpRequest): Promise<HttpStreamResponse>;
  /** Cancels what is under way and gives the connections back. */
  close(): void;
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const agents = guardedAgents(options.policy, options);
  const clock = options.clock ?? systemClock;
  const closing = new AbortController();
  // One listener a request that is under way, and many may be.
  setMaxListeners(0, closing.signal);
  const transport = createTransport(agents.http, agents.https, options.userAgent);

  async function start(request: HttpRequest): Promise<Started> {
    const url = parseServiceUrl(request.url.href, options.policy);
    const stopSignals = request.signal ? [closing.signal, request.signal] : [closing.signal];
    const exchange = openExchange(url.host, clock, stopSignals);
    if (exchange.signal.aborted) throw new CancelledError();
    const liftTimeLimit = setLimits(exchange, request, request.timeoutMs ?? options.timeoutMs);
    try {
      return { exchange, liftTimeLimit, response: await exchangeHeaders(transport, request, exchange) };
    } catch (error) {
      throw exchange.explain(error);
    }
  }

  const maxBytesOf = (request: HttpRequest): number => request.maxResponseBytes ?? options.maxResponseBytes;

  async function send(request: HttpRequest): Promise<HttpResponse> {
    const { exchange, response } = await start(request);
    const body = limitedBody(response.data, exchange, { maxBytes: maxBytesOf(request) });
    const answer = { ...headOf(response), body: await textOf(body) };
    dropRest(request);
    return answer;
  }

  async function stream(request: HttpRequest): Promise<HttpStreamResponse> {
    const { exchange, response, liftTimeLimit } = await start(request);
    liftTimeLimit();
    const ms = request.silenceMs ?? request.timeoutMs ?? options.timeoutMs;
    const limits = { maxBytes: maxBytesOf(request), silence: { ms, clock } };
    const body = limitedBody(response.data, exchange, limits);
    body.once('close', () => dropRest(request));
    return { ...headOf(response), body };
  }

  function close(): void {
    closing.abort();
    agents.close();
  }

  return {
    send: (request) => send(request).catch((error: unknown) => giveUp(request, error)),
    stream: (request) => stream(request).catch((error: unknown) => giveUp(request, error)),
    close,
  };
}

interface Started {
  exchange: Exchange;
  response: AxiosResponse<Readable>;
  liftTimeLimit: () => void;
}

/** Gives what lifts the limit for the answer. */
function setLimits(exchange: Exchange, { body, connectMs }: HttpRequest, answerMs: number): () => void {
  const limitAnswer = (): (() => void) =>
    body instanceof Readable ? exchange.limitStall(answerMs) : exchange.limitTime(answerMs);
  if (connectMs === undefined) return limitAnswer();
  let lift = (): void => undefined;
  exchange.limitConnecting(connectMs, () => (lift = limitAnswer()));
  return () => lift();
}

function giveUp(request: HttpRequest, error: unknown): never {
  dropRest(request);
  throw error;
}

/** What is left of a streamed body; whatever it reads from is given back. */
function dropRest({ body }: HttpRequest): void {
  if (body instanceof Readable) body.destroy();
}

function createTransport(httpAgent: http.Agent, httpsAgent: https.Agent, userAgent: string): AxiosInstance {
  return axios.create({
    adapter: 'http',
    httpAgent,
    httpsAgent,
    headers: { 'User-Agent': userAgent },
    maxRedirects: 0,
    proxy: false,
    responseType: 'stream',
    validateStatus: () => true,
    // axios would parse a JSON text and write it anew.
    transformRequest: [(body: unknown) => body],
    transformResponse: [(body: unknown) => body],
  });
}

function exchangeHeaders(
  transport: AxiosInstance,
  request: HttpRequest,
  exchange: Exchange,
): Promise<AxiosResponse<Readable>> {
  const headers = new AxiosHeaders(request.headers);
  // Without this, axios declares every body to be a form.
  headers.set('Content-Type', false, false);
  return transport.request<Readable>({
    method: request.method,
    url: request.url.href,
    headers,
    data: request.body,
    signal: exchange.signal,
    transport: { request: watchedRequest(exchange) },
  });
}

/** Node's own request function, and the one place where the request can be watched: axios hides it. */
function watchedRequest(exchange: Exchange) {
  return (options: https.RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest => {
    const request = (options.protocol === 'https:' ? https : http).request(options, onResponse);
    exchange.watch(request);
    return request;
  };
}

function headOf(response: AxiosResponse<Readable>): { status: number; headers: Record<string, string> } {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return { status: response.status, headers };
}

async function textOf(body: Readable): Promise<string> {
  // The decoder also takes a byte order mark off, which a JSON parser would choke on.
  return new TextDecoder().decode(await buffer(body));
}

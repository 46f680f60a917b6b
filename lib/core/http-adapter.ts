import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import type { AxiosAdapter, InternalAxiosRequestConfig } from 'axios';
import type { Exchange } from './http-exchange';

/** Names in lower case; the body decompressed. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

export interface WholeRequestParts {
  /** Checked; the configuration of axios holds its text. */
  readonly url: URL;
  readonly agents: { readonly http: http.Agent; readonly https: https.Agent };
  readonly exchange: Exchange;
}

/**
 * Sends nothing: hands out what axios has made of a request. It is sent when axios is through, or all that axios holds
 * would be held as long as the answer takes.
 */
export const readyAdapter: AxiosAdapter = (config) =>
  Promise.resolve({ status: 0, statusText: '', headers: {}, config, data: config });

/**
 * One request whose body is there as a whole, straight on Node's own client: the general adapter of axios costs three
 * times as much, for redirects, proxies and rates that nobody wants here. Streamed bodies go through that one.
 */
export function sendWhole(config: InternalAxiosRequestConfig, parts: WholeRequestParts): Promise<Answer> {
  const { exchange } = parts;
  const request = requestFor(config, parts);
  exchange.watch(request);
  exchange.onFailure(() => request.destroy());
  const answering = answerTo(request);
  request.end(config.data);
  return answering;
}

/** With nothing of the request in reach but itself: what is waited for long holds no more than it must. */
function answerTo(request: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    // Listeners for all times are smaller than those for once, and each of these is called once.
    request.on('response', (response: IncomingMessage) => {
      isAnswered = true;
      resolve(answerOf(response, request.method));
    });
    // Also after the answer has begun; its reader is told by the answer itself.
    request.on('error', reject);
    request.on('close', () => {
      if (!isAnswered) reject(withoutAnswer());
    });
  });
}

function requestFor(config: InternalAxiosRequestConfig, { url, agents }: WholeRequestParts): ClientRequest {
  const method = config.method?.toUpperCase() ?? 'GET';
  const options: RequestOptions = { method, headers: headersOf(config, url, method) };
  return url.protocol === 'https:'
    ? https.request(url, { ...options, agent: agents.https })
    : http.request(url, { ...options, agent: agents.http });
}

/** As a list, which Node writes out and forgets; of a map it makes another one and keeps it. */
function headersOf({ headers, data }: InternalAxiosRequestConfig, url: URL, method: string): string[] {
  const all = ['Host', url.host, 'Accept-Encoding', 'gzip, br'];
  for (const [name, value] of Object.entries(headers.toJSON(true))) {
    if (typeof value === 'string') all.push(name, value);
  }
  const length = lengthOf(data) ?? (bodiless.has(method) ? undefined : 0);
  if (length !== undefined) all.push('Content-Length', String(length));
  return all;
}

const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE']);

function lengthOf(body: unknown): number | undefined {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return Buffer.isBuffer(body) ? body.length : undefined;
}

function answerOf(response: IncomingMessage, method: string): Answer {
  const body = decompressed(response, method);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return { status: response.statusCode ?? 0, headers, body };
}

const packings: readonly string[] = ['gzip', 'x-gzip', 'deflate', 'compress', 'x-compress', 'br'];
const emptyStatuses: ReadonlySet<number | undefined> = new Set([204, 304]);

/** The headers of the packed form go with it. */
function decompressed(response: IncomingMessage, method: string): Readable {
  const { headers, statusCode } = response;
  const encoding = headers['content-encoding']?.toLowerCase() ?? '';
  if (encoding === '') return response;
  // Nothing cannot be unpacked.
  const isEmpty = method === 'HEAD' || emptyStatuses.has(statusCode) || headers['content-length'] === '0';
  delete headers['content-length'];
  if (isEmpty || !packings.includes(encoding)) return response;
  delete headers['content-encoding'];
  // Its own errors and those of the connection reach the reader; nothing is left to be done with them here.
  return pipeline(response, encoding === 'br' ? createBrotliDecompress() : createUnzip(), () => undefined);
}

/** Node says nothing more of an answer that is none, such as the change to another protocol. */
const withoutAnswer = (): Error => Object.assign(new Error('there was no answer'), { code: 'ECONNRESET' });

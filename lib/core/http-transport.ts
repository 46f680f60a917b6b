import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import axios, {
  Axios,
  AxiosHeaders,
  type AxiosInstance,
  type AxiosRequestConfig,
  type InternalAxiosRequestConfig,
} from 'axios';
import { readyAdapter, sendWhole, type Answer } from './http-adapter';
import type { Exchange } from './http-exchange';
import type { GuardedAgents } from './network-guard';

export interface TransportRequest {
  readonly method: string;
  /** Checked. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Buffer | Readable | undefined;
}

/** Gives the head of the answer, with its body to be read. */
export type Transport = (request: TransportRequest, exchange: Exchange) => Promise<Answer>;

export function createTransport(agents: GuardedAgents, userAgent: string): Transport {
  const streamed = axios.create({
    adapter: 'http',
    httpAgent: agents.http,
    httpsAgent: agents.https,
    maxRedirects: 0,
    proxy: false,
    responseType: 'stream',
    ...asItIs,
  });
  // Without the defaults that `create` brings along, which would be gone through with each call.
  const whole = new Axios({ adapter: readyAdapter, headers: {}, ...asItIs });

  function configOf({ method, url, body, headers: given }: TransportRequest): AxiosRequestConfig {
    const headers = new AxiosHeaders({ 'User-Agent': userAgent, ...given });
    // Without this, axios declares every body to be a form.
    headers.set('Content-Type', false, false);
    return { method, url: url.href, headers, data: body };
  }

  return (request, exchange) => {
    const config = configOf(request);
    if (request.body instanceof Readable) return sendStreamed(streamed, config, exchange);
    const parts = { url: request.url, agents, exchange };
    return whole
      .request<InternalAxiosRequestConfig>(config)
      .then(({ data: ready }) => sendWhole(ready, parts));
  };
}

const asItIs = {
  validateStatus: () => true,
  // axios would parse a JSON text and write it anew.
  transformRequest: [(body: unknown) => body],
  transformResponse: [(body: unknown) => body],
};

async function sendStreamed(
  transport: AxiosInstance,
  config: AxiosRequestConfig,
  exchange: Exchange,
): Promise<Answer> {
  const stop = new AbortController();
  exchange.onFailure(() => stop.abort());
  const response = await transport.request<Readable>({
    ...config,
    signal: stop.signal,
    transport: { request: watchedRequest(exchange) },
  });
  return { status: response.status, headers: plainHeaders(response.headers), body: response.data };
}

/** Node's own request function, and the one place where the request can be watched: axios hides it. */
function watchedRequest(exchange: Exchange) {
  return (options: https.RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest => {
    const request = (options.protocol === 'https:' ? https : http).request(options, onResponse);
    exchange.watch(request);
    request.prependOnceListener('response', dropLengthOfCompressed);
    return request;
  };
}

function plainHeaders(given: object): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return headers;
}

/** The body is handed out decompressed, so this length would be a wrong promise. */
function dropLengthOfCompressed(response: IncomingMessage): void {
  if (response.headers['content-encoding']) delete response.headers['content-length'];
}

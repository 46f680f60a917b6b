import { Readable } from 'node:stream';
import { refuseForbiddenUrl, type AddressPolicy } from './address-rules';
import { systemClock, type Clock } from './clock';
import { CancelledError, toError } from './errors';
import type { Answer } from './http-adapter';
import { limitedBody, wholeText } from './http-body';
import { openExchange, type Exchange } from './http-exchange';
import { createTransport } from './http-transport';
import { guardedAgents, type ResolveHost } from './network-guard';

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
  const underWay = new Set<Exchange>();
  let isClosed = false;
  const transport = createTransport(agents, options.userAgent);

  function begin(request: HttpRequest): Started {
    const { url, signal } = request;
    refuseForbiddenUrl(url, options.policy);
    if (isClosed || signal?.aborted) throw new CancelledError();
    const exchange = openExchange({ host: url.host, clock, signal, onOver });
    underWay.add(exchange);
    setLimits(exchange, request, request.timeoutMs ?? options.timeoutMs);
    try {
      return { exchange, answering: transport(request, exchange) };
    } catch (error) {
      throw exchange.explain(error);
    }
  }

  const onOver = (exchange: Exchange): void => void underWay.delete(exchange);

  const maxBytesOf = (request: HttpRequest): number => request.maxResponseBytes ?? options.maxResponseBytes;

  function send(request: HttpRequest): Promise<HttpResponse> {
    const rest = streamedBody(request);
    try {
      return wholeAnswer(begin(request), rest, maxBytesOf(request));
    } catch (error) {
      rest?.destroy();
      return Promise.reject(toError(error));
    }
  }

  async function stream(request: HttpRequest): Promise<HttpStreamResponse> {
    try {
      const { exchange, answering } = begin(request);
      const {
        status,
        headers,
        body: source,
      } = await answering.catch((error: unknown) => {
        throw exchange.explain(error);
      });
      exchange.liftLimit();
      const ms = request.silenceMs ?? request.timeoutMs ?? options.timeoutMs;
      const limits = { maxBytes: maxBytesOf(request), silence: { ms, clock } };
      const body = limitedBody(source, exchange, limits);
      body.once('close', () => streamedBody(request)?.destroy());
      return { status, headers, body };
    } catch (error) {
      streamedBody(request)?.destroy();
      throw error;
    }
  }

  function close(): void {
    isClosed = true;
    for (const exchange of underWay) exchange.fail(new CancelledError());
    agents.close();
  }

  return { send, stream, close };
}

interface Started {
  readonly exchange: Exchange;
  readonly answering: Promise<Answer>;
}

/** The request itself is not held meanwhile: its text may be large, and it is on its way. */
async function wholeAnswer(
  { exchange, answering }: Started,
  rest: Readable | undefined,
  maxBytes: number,
): Promise<HttpResponse> {
  try {
    const { status, headers, body } = await answering;
    return { status, headers, body: await wholeText(body, exchange, maxBytes) };
  } catch (error) {
    throw exchange.explain(error);
  } finally {
    rest?.destroy();
  }
}

function setLimits(exchange: Exchange, { body, connectMs }: HttpRequest, answerMs: number): void {
  const isStreamed = body instanceof Readable;
  const limitAnswer = (): void => (isStreamed ? exchange.limitStall(answerMs) : exchange.limitTime(answerMs));
  if (connectMs === undefined) limitAnswer();
  else exchange.limitConnecting(connectMs, limitAnswer);
}

/** What is left of it after the call is dropped; whatever it reads from is given back. */
function streamedBody({ body }: HttpRequest): Readable | undefined {
  return body instanceof Readable ? body : undefined;
}

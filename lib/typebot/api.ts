import { at } from '../core/fields';
import type { Clock } from '../core/clock';
import { InvalidError, RefusedError, type BitlaneError } from '../core/errors';
import type { HiddenTexts } from '../core/hidden-texts';
import type { HttpClient, HttpRequest, HttpResponse } from '../core/http';
import { parseJson } from '../core/json';
import { withRetry, type RetryPolicy } from '../core/retry';
import type { TypebotAddress } from './address';
import { inOwnWords, mayTryAgain, outageOf } from './outage';
import { isAnswer, refusalOf, type TypebotCall } from './refusal';

/** For whom a call is made. */
export interface CallScope {
  readonly signal: AbortSignal;
  /** What must not be seen in its errors, besides what it sends. */
  readonly hidden?: unknown;
}

type Body = Readonly<Record<string, unknown>>;

export interface TypebotApi {
  readonly address: TypebotAddress;
  /** Tries once more where nothing can have been begun by it. */
  startChat(body: Body, scope: CallScope): Promise<unknown>;
  /** Is never repeated after an outcome that is not clear: the answer could be taken twice. */
  continueChat(sessionId: string, body: Body, scope: CallScope): Promise<unknown>;
  /** Whether a viewer of Typebot says that it is alive. */
  isAlive(signal: AbortSignal): Promise<boolean>;
  /** What must not be seen in an error about a call with this in it. */
  hiding(sent: unknown): HiddenTexts;
}

export interface ApiOptions {
  readonly address: TypebotAddress;
  readonly token: string | undefined;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly random?: (() => number) | undefined;
}

interface ChatCall {
  readonly call: TypebotCall;
  readonly path: string;
  readonly body: Body;
  readonly scope: CallScope;
}

/** Far above any answer of a bot. */
const largestAnswer = 16 * 1024 * 1024;
const longestConnectMs = 15_000;
const healthTimeoutMs = 15_000;
const onceMore: RetryPolicy = { attempts: 2, baseMs: 1000, factor: 1, capMs: 1000, jitter: 0.2 };

export function createTypebotApi(options: ApiOptions): TypebotApi {
  const { address, token, http, clock, timeoutMs, random } = options;
  const { base, botId, isPreview } = address;
  const startPath = `api/v1/typebots/${segment(botId)}${isPreview ? '/preview' : ''}/startChat`;
  const hiding = (sent: unknown): HiddenTexts => ({
    secrets: token === undefined ? [] : [token],
    // Texts of a proxy like to repeat the path.
    sent: [sent, startPath, botId],
  });

  function exchange(made: ChatCall): Promise<unknown> {
    const { call } = made;
    return http.send(requestOf(made)).then(
      (response) => answerIn(response, made),
      (error: unknown) => {
        throw inOwnWords(error, call, timeoutMs);
      },
    );
  }

  function requestOf({ path, body, scope }: ChatCall): HttpRequest {
    return {
      method: 'POST',
      url: new URL(path, base),
      headers: {
        Accept: 'application/json',
        'Content-Type': 'application/json',
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      // One format for all releases; Typebot does not remember it from one call to the next.
      body: JSON.stringify({ ...body, textBubbleContentFormat: 'richText' }),
      signal: scope.signal,
      connectMs: Math.min(longestConnectMs, timeoutMs),
      timeoutMs,
      maxResponseBytes: largestAnswer,
    };
  }

  function answerIn(response: HttpResponse, { call, path, body, scope }: ChatCall): unknown {
    const { status, headers, body: text } = response;
    const json = parseJson(text);
    if (status >= 200 && status < 300) {
      if (isAnswer(json)) return json;
      throw unusableAnswer(call, json === undefined ? 'no JSON' : 'no answer of Typebot');
    }
    if (status >= 300 && status < 400) throw movedTo(headers['location'] ?? '', status);
    // From a proxy: whether Typebot got the call, and what it made of it, is not known.
    if (status >= 502) throw outageOf({ call, reason: `HTTP ${status}`, sent: true, timeoutMs });
    throw refusalOf(
      { call, isPreview, status, json, text },
      hiding([body, path, scope.hidden]),
      retryAfterMs(headers),
    );
  }

  function unusableAnswer(call: TypebotCall, reason: string): BitlaneError {
    if (call === 'continueChat') return outageOf({ call, reason, sent: true, timeoutMs });
    return new RefusedError('TYPEBOT_ADDRESS', `${call}: the answer is ${reason}`, { params: { reason } });
  }

  /** Nobody follows it: a POST would become a GET, and what was said would go to whoever is named there. */
  function movedTo(location: string, status: number): RefusedError {
    const target = URL.canParse(location, base) ? new URL(location, base).origin : 'another address';
    return new RefusedError('TYPEBOT_MOVED', `the address leads on to ${target}`, {
      status,
      params: { target, reason: `HTTP ${status}` },
    });
  }

  const tryOnceMore = (call: ChatCall): Promise<unknown> =>
    withRetry(() => exchange(call), {
      policy: onceMore,
      clock,
      random,
      signal: call.scope.signal,
      decide: (error) => (mayTryAgain(error) ? 'retry' : 'final'),
    });

  return {
    address,
    startChat: (body, scope) =>
      tryOnceMore({
        call: 'startChat',
        path: startPath,
        body: { isStreamEnabled: false, ...body },
        scope,
      }),
    continueChat: (sessionId, body, scope) =>
      tryOnceMore({
        call: 'continueChat',
        path: `api/v1/sessions/${segment(sessionId)}/continueChat`,
        body,
        scope,
      }),
    async isAlive(signal) {
      const url = new URL('api/healthz', base);
      const ms = Math.min(healthTimeoutMs, timeoutMs);
      const response = await http.send({
        method: 'GET',
        url,
        signal,
        connectMs: ms,
        timeoutMs: ms,
        maxResponseBytes: 64 * 1024,
      });
      return response.status === 200 && at(parseJson(response.body), 'status') === 'ok';
    },
    hiding,
  };
}

/** For one segment of a path: what comes from outside cannot lead elsewhere. Dots would, also when encoded. */
function segment(id: string): string {
  if (/^\.*$/.test(id))
    throw new InvalidError('INPUT_INVALID', 'this is no id of Typebot', { params: { what: 'id' } });
  return encodeURIComponent(id);
}

function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const given = headers['retry-after']?.trim() ?? '';
  return /^\d{1,9}$/.test(given) ? Number(given) * 1000 : undefined;
}

import type { Clock } from '../core/clock';
import { RefusedError, UnreachableError } from '../core/errors';
import { textAt } from '../core/fields';
import type { HttpClient } from '../core/http';
import { cleanDescription } from '../core/hidden-texts';
import { parseJson } from '../core/json';
import { signProof, type AuthorizedKey } from './authorized-key';

export const usualIamEndpoint = 'https://iam.api.cloud.yandex.net';
/** Whom the proof is for, wherever it is handed in. */
const audience = 'https://iam.api.cloud.yandex.net/iam/v1/tokens';

export interface TokenSource {
  /** Exchanged for anew when it is an hour old, or ten minutes before its end. */
  token(): Promise<string>;
  /** The service refused this token: the next one asked for is another. */
  drop(refused: string): void;
  /** What must be seen nowhere: also the tokens of calls that are still under way, or were just refused. */
  secrets(): readonly string[];
}

export interface TokenSourceOptions {
  readonly key: AuthorizedKey;
  readonly iamEndpoint: URL;
  readonly http: HttpClient;
  readonly clock: Clock;
}

interface Issued {
  readonly token: string;
  readonly renewAt: number;
}

const renewAfterMs = 50 * 60_000;
const marginMs = 10 * 60_000;
const answerMs = 15_000;
/** A call that is refused by its token drops it, and the service's words about it are read after that. */
const mostRemembered = 5;

export function createTokenSource({ key, iamEndpoint, http, clock }: TokenSourceOptions): TokenSource {
  let issued: Issued | undefined;
  let remembered: readonly string[] = [];
  let exchange: Promise<Issued> | undefined;

  function token(): Promise<string> {
    if (issued && clock.now() < issued.renewAt) return Promise.resolve(issued.token);
    // One at a time: whoever comes meanwhile gets the same.
    exchange ??= exchanged().finally(() => (exchange = undefined));
    return exchange.then((fresh) => fresh.token);
  }

  async function exchanged(): Promise<Issued> {
    const now = clock.now();
    const proof = signProof(key, audience, now);
    const answer = await http
      .send({
        method: 'POST',
        url: new URL('/iam/v1/tokens', iamEndpoint),
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ jwt: proof }),
        timeoutMs: answerMs,
      })
      .catch((error: unknown) => {
        throw outage(error);
      });
    const body = parseJson(answer.body);
    if (answer.status !== 200) throw refusal(answer.status, textAt(body, 'message') ?? '', proof);
    const fresh = textAt(body, 'iamToken');
    if (fresh === undefined || !/^[\x21-\x7e]+$/.test(fresh)) throw noToken();
    const expiresAt = Date.parse(textAt(body, 'expiresAt') ?? '');
    const lastMoment = Number.isNaN(expiresAt) ? Infinity : expiresAt - marginMs;
    remembered = [fresh, ...remembered.filter((token) => token !== fresh)].slice(0, mostRemembered);
    issued = { token: fresh, renewAt: Math.min(now + renewAfterMs, lastMoment) };
    return issued;
  }

  return {
    token,
    drop(refused) {
      if (issued?.token === refused) issued = undefined;
    },
    secrets: () => remembered,
  };
}

function refusal(status: number, words: string, proof: string): RefusedError {
  const detail = cleanDescription(words, { secrets: [proof], sent: undefined });
  const reason = `HTTP ${status}`;
  const code = status >= 500 || status === 429 ? 'SPEECHSENSE_UNREACHABLE' : 'SPEECHSENSE_AUTH';
  const told = detail === '' ? reason : detail;
  return new RefusedError(code, `the key file was not exchanged for a token: ${told}`, {
    status,
    params: { reason, detail: told },
  });
}

function outage(error: unknown): unknown {
  if (!(error instanceof UnreachableError)) return error;
  const reason = String(error.params['reason'] ?? 'UNKNOWN');
  return new UnreachableError('SPEECHSENSE_UNREACHABLE', `no token was to be had: ${error.message}`, {
    // Nothing of the talk has left; the exchange itself may be repeated.
    sent: false,
    params: { reason: `IAM: ${reason}`, host: String(error.params['host'] ?? '?') },
    cause: error,
  });
}

function noToken(): UnreachableError {
  return new UnreachableError('SPEECHSENSE_UNREACHABLE', 'the answer to the exchange holds no token', {
    sent: false,
    params: { reason: 'IAM', host: 'IAM' },
  });
}

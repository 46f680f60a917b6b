import { at, flagAt, idAt, textAt } from '../../core/fields';
import type { HttpResponse } from '../../core/http';
import { noUsableAnswer, refusedByAuthServer, type Asked } from './failures';

/** A pair of tokens fresh from the auth server. */
export interface TokenGrant {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly memberId: string;
  /** As received: to be checked before it is called. */
  readonly clientEndpoint: string;
  readonly serverEndpoint: string | undefined;
  readonly scope: string | undefined;
  readonly status: string | undefined;
  readonly userId: number | null;
}

/** Whose token it is: the auth server's word, which the sender of an event cannot forge. */
export interface InstallProof {
  readonly clientId: string;
  readonly memberId: string;
  /** As received: the address of the portal. */
  readonly clientEndpoint: string;
  readonly installed: boolean;
  readonly userId: number | null;
  readonly scope: string | undefined;
  readonly status: string | undefined;
}

/** `secrets`: what was sent, and must not come back in an error. */
export interface AnswerContext {
  readonly asked: Asked;
  readonly secrets: readonly string[];
}

export function readGrant(response: HttpResponse, context: AnswerContext, now: number): TokenGrant {
  const answer = acceptedBody(response, context);
  const accessToken = textAt(answer, 'access_token');
  const refreshToken = textAt(answer, 'refresh_token');
  const memberId = textAt(answer, 'member_id');
  // `domain` would be the auth server itself.
  const clientEndpoint = textAt(answer, 'client_endpoint');
  const expiresAt = expiryOf(answer, now);
  const isWhole = accessToken && refreshToken && memberId && clientEndpoint && expiresAt !== undefined;
  if (!isWhole) throw noUsableAnswer(context.asked, 'INCOMPLETE');
  return {
    accessToken,
    refreshToken,
    expiresAt,
    memberId,
    clientEndpoint,
    serverEndpoint: textAt(answer, 'server_endpoint'),
    scope: textAt(answer, 'scope'),
    status: textAt(answer, 'status'),
    userId: idAt(answer, 'user_id') ?? null,
  };
}

export function readProof(response: HttpResponse, context: AnswerContext): InstallProof {
  const result = at(acceptedBody(response, context), 'result');
  const clientId = textAt(result, 'client_id');
  const memberId = textAt(result, 'install', 'member_id') ?? textAt(result, 'member_id');
  const domain = textAt(result, 'install', 'domain');
  const clientEndpoint =
    textAt(result, 'install', 'client_endpoint') ?? (domain ? `https://${domain}/rest/` : undefined);
  if (!clientId || !memberId || !clientEndpoint) throw noUsableAnswer(context.asked, 'INCOMPLETE');
  return {
    clientId,
    memberId,
    clientEndpoint,
    installed: flagAt(result, 'install', 'installed'),
    userId: idAt(result, 'user_id') ?? null,
    scope: scopeOf(at(result, 'scope')),
    status: textAt(result, 'install', 'status'),
  };
}

/** The time that is left counts from now, so a wrong clock here does no harm; the date is the second choice. */
function expiryOf(answer: unknown, now: number): number | undefined {
  const secondsLeft = idAt(answer, 'expires_in');
  if (secondsLeft !== undefined) return now + secondsLeft * 1000;
  const expires = idAt(answer, 'expires');
  return expires === undefined ? undefined : expires * 1000;
}

function scopeOf(scope: unknown): string | undefined {
  if (Array.isArray(scope)) return scope.filter((one) => typeof one === 'string').join(',');
  return textAt(scope);
}

function acceptedBody(response: HttpResponse, { asked, secrets }: AnswerContext): unknown {
  const { status } = response;
  // Following it would hand the client secret to whoever is named there.
  if (status >= 300 && status < 400) throw noUsableAnswer(asked, 'REDIRECT');
  const body = parse(response.body);
  const error = at(body, 'error');
  const isServerFault = status >= 500 || status === 429;
  if (error !== undefined && !isServerFault) {
    throw refusedByAuthServer(asked, status, shownCode(error, status, secrets));
  }
  if (status !== 200 || body === undefined) throw noUsableAnswer(asked, `HTTP_${status}`);
  return body;
}

function parse(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function shownCode(error: unknown, status: number, secrets: readonly string[]): string {
  const isCode = typeof error === 'string' && /^[A-Za-z][A-Za-z_]{2,40}$/.test(error);
  const isSafe = isCode && !secrets.some((secret) => secret !== '' && error.includes(secret));
  return isSafe ? error : `HTTP ${status}`;
}

import type http from 'node:http';
import { createFaults, isErrorFault, type Fault } from './faults';
import { failRequest } from './failing';
import { listen, sendJson, type ReceivedRequest } from '../shared/http-listener';
import { accessSeconds, createAppGrants, type AppGrants, type TokenPair } from './oauth';
import { textOf, type Params } from '../shared/params';
import { Refusal, refusal } from './refusal';
import { requestParams } from './request-params';
import { errorReply, type RestReply } from './rest-router';
import { unixSeconds } from './stamp';

export interface TokenRequestRecord {
  grantType: string;
  httpMethod: string;
  status: number;
  error: string | undefined;
  /** Secrets in the address end up in access logs: a client should send them in the body. */
  secretsInUrl: boolean;
}

export interface AuthServer {
  readonly origin: string;
  /** `127.0.0.1:<port>`, for a list of allowed hosts. */
  readonly host: string;
  readonly grants: AppGrants;
  /** Every request for tokens, in order; nothing secret. */
  readonly tokenRequests: readonly TokenRequestRecord[];
  /** How many pairs were renewed. */
  readonly refreshes: number;
  /** How often `app.info` was asked. */
  readonly checks: number;
  /** Methods: `token` and `app.info`. */
  failNext: (fault: Fault) => void;
  clearFaults: () => void;
  stop: () => Promise<void>;
}

export async function startAuthServer(options: { clock?: { now(): number } } = {}): Promise<AuthServer> {
  const now = (): number => options.clock?.now() ?? Date.now();
  const grants = createAppGrants(now);
  const faults = createFaults();
  const tokenRequests: TokenRequestRecord[] = [];
  let checks = 0;

  const tokenReply = (request: ReceivedRequest): RestReply => {
    const params = requestParams(request);
    const reply = answered(() =>
      tokenBody(grants, params, `http://${listener.domain}/rest/`, listener.domain),
    );
    const error = textOf(reply.body['error']);
    const secretsInUrl = request.url.searchParams.has('client_secret');
    const grantType = textOf(params['grant_type']) ?? '';
    tokenRequests.push({ grantType, httpMethod: request.method, status: reply.status, error, secretsInUrl });
    return reply;
  };
  const checkReply = (request: ReceivedRequest): RestReply => {
    checks += 1;
    return answered(() => appCheck(grants, requestParams(request), now()));
  };

  const listener = await listen((request, response) => {
    const { pathname } = request.url;
    if (pathname === '/oauth/token/') return respond('token', request, response, () => tokenReply(request));
    if (/^\/rest\/app\.info(\.json)?\/?$/.test(pathname)) {
      return respond('app.info', request, response, () => checkReply(request));
    }
    sendJson(response, 404, { error: 'not_found' });
  });

  function respond(
    name: string,
    request: ReceivedRequest,
    response: http.ServerResponse,
    perform: () => RestReply,
  ): void {
    const fault = faults.take(name);
    if (fault === undefined) {
      const { status, body } = perform();
      return sendJson(response, status, body);
    }
    if (name === 'token' && isErrorFault(fault)) noteFailure(request, fault.status, fault.error);
    failRequest(fault, request, response, perform);
  }

  function noteFailure(request: ReceivedRequest, status: number, error: string): void {
    const grantType = textOf(requestParams(request)['grant_type']) ?? '';
    const secretsInUrl = request.url.searchParams.has('client_secret');
    tokenRequests.push({ grantType, httpMethod: request.method, status, error, secretsInUrl });
  }

  return {
    origin: listener.origin,
    host: listener.domain,
    grants,
    tokenRequests,
    get refreshes() {
      return tokenRequests.filter((one) => one.grantType === 'refresh_token' && one.status === 200).length;
    },
    get checks() {
      return checks;
    },
    failNext: faults.add,
    clearFaults: faults.clear,
    stop: () => listener.stop(),
  };
}

function answered(body: () => RestReply['body']): RestReply {
  try {
    return { status: 200, body: body() };
  } catch (thrown) {
    if (thrown instanceof Refusal) return errorReply(thrown);
    throw thrown;
  }
}

function tokenBody(
  grants: AppGrants,
  params: Params,
  serverEndpoint: string,
  host: string,
): RestReply['body'] {
  const clientId = textOf(params['client_id']) ?? '';
  const clientSecret = textOf(params['client_secret']) ?? '';
  const grantType = textOf(params['grant_type']);
  const refreshToken = textOf(params['refresh_token']) ?? '';
  const code = textOf(params['code']) ?? '';
  if (grantType === 'refresh_token' && refreshToken !== '') {
    return pairBody(grants, grants.refresh({ clientId, clientSecret, refreshToken }), serverEndpoint, host);
  }
  if (grantType === 'authorization_code' && code !== '') {
    return pairBody(grants, grants.exchange({ clientId, clientSecret, code }), serverEndpoint, host);
  }
  throw refusal('invalid_request', 'Invalid request');
}

/** `domain` is this server, not the portal: a trap that the real answer sets too. */
function pairBody(
  grants: AppGrants,
  pair: TokenPair,
  serverEndpoint: string,
  host: string,
): RestReply['body'] {
  const home = grants.app(pair.clientId);
  return {
    access_token: pair.token,
    refresh_token: pair.refreshToken,
    expires: unixSeconds(pair.expiresAt),
    expires_in: accessSeconds,
    client_endpoint: `http://${home?.home.domain() ?? ''}/rest/`,
    server_endpoint: serverEndpoint,
    domain: host,
    member_id: pair.memberId,
    scope: (home?.card.scopes ?? []).join(','),
    status: 'L',
    user_id: pair.userId,
  };
}

/** What proves an installation: only this server knows whose token it is. */
function appCheck(grants: AppGrants, params: Params, now: number): RestReply['body'] {
  const access = grants.access(textOf(params['auth']) ?? '');
  const app = access && grants.app(access.clientId);
  if (!access || !app) throw refusal('invalid_token', 'Unable to get application by token', 401);
  if (access.expiresAt <= now) throw refusal('expired_token', 'The access token provided has expired.', 401);
  const domain = app.home.domain();
  return {
    result: {
      client_id: access.clientId,
      user_id: access.userId,
      scope: app.card.scopes,
      expires: unixSeconds(access.expiresAt),
      install: {
        installed: app.card.installed,
        version: String(app.card.version),
        status: 'L',
        scope: app.card.scopes,
        domain,
        client_endpoint: `http://${domain}/rest/`,
        member_id: access.memberId,
      },
    },
  };
}

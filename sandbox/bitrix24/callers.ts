import type { Caller } from './call';
import { textOf, type Params } from '../shared/params';
import { denied, refusal } from './refusal';
import type { PortalState } from './state';

export interface PathParts {
  method: string;
  /** `/rest/1/secret/...` */
  webhook: { userId: string; secret: string } | undefined;
}

/** What stands behind `/rest/`: `1/secret/method.json`, or `method`. */
export function readPath(pathname: string): PathParts | undefined {
  const parts = pathname.replace(/\/+$/, '').split('/').slice(1);
  if (parts[0] !== 'rest') return undefined;
  const [, first = '', second = '', third = ''] = parts;
  if (parts.length === 4) {
    return { method: withoutSuffix(third), webhook: { userId: first, secret: second } };
  }
  // A webhook address without a method answers nothing useful either way.
  return parts.length === 2 ? { method: withoutSuffix(first), webhook: undefined } : undefined;
}

function withoutSuffix(method: string): string {
  return method.replace(/\.json$/, '');
}

export function callerOf(state: PortalState, path: PathParts, params: Params): Caller {
  if (path.webhook) return webhookCaller(state, path.webhook);
  const token = textOf(params['auth']);
  if (token === undefined || token === '') throw refusal('NO_AUTH_FOUND', 'Wrong authorization data', 401);
  return appCaller(state, token);
}

function webhookCaller(state: PortalState, given: { userId: string; secret: string }): Caller {
  const { userId, secret, scopes, admin } = state.webhook;
  if (given.secret !== secret || given.userId !== String(userId)) {
    throw refusal('NO_AUTH_FOUND', 'Wrong authorization data', 401);
  }
  return { kind: 'webhook', userId, scopes, admin };
}

function appCaller(state: PortalState, token: string): Caller {
  const access = state.grants.access(token);
  if (!access || access.memberId !== state.memberId) {
    throw refusal('invalid_token', 'Unable to get application by token', 401);
  }
  if (access.expiresAt <= state.now()) {
    throw refusal('expired_token', 'The access token provided has expired.', 401);
  }
  const user = state.users.get(access.userId);
  if (!user?.active) throw refusal('authorization_error', 'Unable to authorize user', 401);
  // An event carries the token of whoever caused it; that of an outside person opens nothing.
  if (user.isConnector || user.isExtranet)
    throw denied('user_access_error', 'The user does not have access to the application');
  const { clientId, userId } = access;
  const admin = user.isAdmin ?? userId === state.app?.userId;
  return { kind: 'app', clientId, userId, scopes: state.app?.scopes ?? [], admin };
}

/** A method may list several sets of scopes; one whole set is enough. */
export function isScopeGranted(caller: Caller, sets: readonly (readonly string[])[] | undefined): boolean {
  return sets === undefined || sets.some((set) => set.every((scope) => caller.scopes.includes(scope)));
}

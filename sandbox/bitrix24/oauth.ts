import { randomBytes } from 'node:crypto';
import { refusal } from './refusal';

/** What the auth server and a portal share: app cards, tokens and codes. */
export interface AppCard {
  clientId: string;
  clientSecret: string;
  scopes: readonly string[];
  version: number;
  installed: boolean;
}

/** The portal that an app was put on. Its address is asked for each time, because a portal can move. */
export interface AppHome {
  memberId: string;
  domain: () => string;
}

export interface AccessToken {
  token: string;
  clientId: string;
  memberId: string;
  userId: number;
  expiresAt: number;
}

export interface TokenPair extends AccessToken {
  refreshToken: string;
}

export interface TokenRequest {
  clientId: string;
  clientSecret: string;
}

export interface AppGrants {
  addApp: (card: AppCard, home: AppHome) => void;
  app: (clientId: string) => { card: AppCard; home: AppHome } | undefined;
  /** Only an access token, as events carry it. */
  lend: (clientId: string, userId: number) => AccessToken;
  issue: (clientId: string, userId: number) => TokenPair;
  issueCode: (clientId: string, userId: number) => string;
  exchange: (request: TokenRequest & { code: string }) => TokenPair;
  refresh: (request: TokenRequest & { refreshToken: string }) => TokenPair;
  access: (token: string) => AccessToken | undefined;
  expireAccess: (memberId: string) => void;
  revokeAccess: (memberId: string) => void;
  onSecret: (listener: (secret: string) => void) => void;
}

export const accessSeconds = 3600;
const refreshSeconds = 180 * 24 * 3600;
const codeSeconds = 30;

interface Renewal {
  clientId: string;
  userId: number;
  expiresAt: number;
}

export function createAppGrants(now: () => number): AppGrants {
  const apps = new Map<string, { card: AppCard; home: AppHome }>();
  const accessTokens = new Map<string, AccessToken>();
  const refreshTokens = new Map<string, Renewal>();
  const codes = new Map<string, Renewal>();
  const listeners: ((secret: string) => void)[] = [];
  const lent = new Map<string, AccessToken>();

  function newSecret(): string {
    const secret = randomBytes(24).toString('hex');
    for (const listener of listeners) listener(secret);
    return secret;
  }

  /** Events of one person show the same token while it is good. */
  function lend(clientId: string, userId: number): AccessToken {
    const key = `${clientId}|${userId}`;
    const earlier = lent.get(key);
    if (earlier && accessTokens.has(earlier.token) && earlier.expiresAt > now()) return earlier;
    const access = newAccess(clientId, userId);
    lent.set(key, access);
    return access;
  }

  function newAccess(clientId: string, userId: number): AccessToken {
    const memberId = apps.get(clientId)?.home.memberId;
    if (memberId === undefined) throw new Error(`no app ${clientId} was added`);
    const expiresAt = now() + accessSeconds * 1000;
    const access = { token: newSecret(), clientId, memberId, userId, expiresAt };
    accessTokens.set(access.token, access);
    return access;
  }

  function issue(clientId: string, userId: number): TokenPair {
    const refreshToken = newSecret();
    refreshTokens.set(refreshToken, { clientId, userId, expiresAt: now() + refreshSeconds * 1000 });
    return { ...newAccess(clientId, userId), refreshToken };
  }

  /** Codes and refresh tokens are both good for one use. */
  function useUp(store: Map<string, Renewal>, secret: string, request: TokenRequest): TokenPair {
    if (apps.get(request.clientId)?.card.clientSecret !== request.clientSecret) {
      throw refusal('invalid_client', 'Invalid client', 401);
    }
    const renewal = store.get(secret);
    if (!renewal || renewal.clientId !== request.clientId || renewal.expiresAt <= now()) {
      throw refusal('invalid_grant', 'Invalid grant');
    }
    store.delete(secret);
    return issue(renewal.clientId, renewal.userId);
  }

  return {
    addApp: (card, home) => {
      apps.set(card.clientId, { card, home });
    },
    app: (clientId) => apps.get(clientId),
    lend,
    issue,
    issueCode(clientId, userId) {
      const code = newSecret();
      codes.set(code, { clientId, userId, expiresAt: now() + codeSeconds * 1000 });
      return code;
    },
    exchange: (request) => useUp(codes, request.code, request),
    refresh: (request) => useUp(refreshTokens, request.refreshToken, request),
    access: (token) => accessTokens.get(token),
    expireAccess(memberId) {
      for (const access of accessTokens.values()) if (access.memberId === memberId) access.expiresAt = now();
    },
    revokeAccess(memberId) {
      for (const access of accessTokens.values()) {
        if (access.memberId === memberId) accessTokens.delete(access.token);
      }
    },
    onSecret: (listener) => {
      listeners.push(listener);
    },
  };
}

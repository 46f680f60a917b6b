import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { systemClock, type Clock } from '../../core/clock';
import { InvalidError } from '../../core/errors';
import { textAt } from '../../core/fields';
import { sameHost } from '../hub/bot-directory';
import type { StoreSource } from '../../store/store';
import type { PortalTokens, TokenVault } from '../rest/credential';
import type { AuthServerClient } from './auth-server';
import { storeFailed } from './failures';
import { refused, refusedBecause, type Claimant, type InstallOutcome } from './install-outcome';
import { createPortalAddresses, portalOrigin, type PortalAddresses } from './portal-addresses';
import { sharedTokens } from './shared-tokens';
import type { TokenGrant } from './token-answer';

export interface AuthorizationLinkOptions {
  /** Where links that are open are kept: who comes back from one may reach another process. */
  readonly store: StoreSource;
  readonly vault: TokenVault;
  readonly authServer: AuthServerClient;
  readonly addresses?: PortalAddresses | undefined;
  readonly clock?: Clock | undefined;
}

/** The way in for an app whose install call never came: a person opens a link and says yes. */
export interface AuthorizationLinks {
  /** For the browser of a person who has the app on that portal. Good once, for ten minutes. */
  link(domain: string): Promise<string>;
  /** Whether this is the return from such a link at all. */
  isReturn(query: unknown): boolean;
  /** What the portal sent the browser back with. Never rejects. */
  complete(query: unknown): Promise<InstallOutcome>;
}

const lifeMs = 10 * 60_000;

export function createAuthorizationLinks(options: AuthorizationLinkOptions): AuthorizationLinks {
  const { vault, authServer, clock = systemClock } = options;
  const addresses = options.addresses ?? createPortalAddresses();

  /** Whoever reads the store learns no state from it. */
  function keyOf(state: string): string {
    const digest = createHash('sha256').update(state).digest('base64url');
    return `bitrix:authorize:${authServer.clientId}:${digest}`;
  }

  /** Where the link leads. Good once: of two who come with it at the same moment one gets nothing. */
  async function take(state: string | undefined): Promise<URL | undefined> {
    if (state === undefined) return undefined;
    const store = await options.store();
    const origin = await store.get(keyOf(state));
    if (typeof origin !== 'string' || !URL.canParse(origin)) return undefined;
    const isOurs = await store.compareAndSet(keyOf(state), origin, undefined, { durable: true });
    return isOurs ? new URL(origin) : undefined;
  }

  async function opened(query: unknown): Promise<URL | undefined> {
    return take(textAt(query, 'state')).catch((thrown: unknown) => {
      throw storeFailed('the links that are open could not be read', thrown);
    });
  }

  async function exchange(origin: URL, code: string, query: unknown): Promise<InstallOutcome> {
    const { host } = origin;
    const grant = await authServer.exchangeCode({ code, host: textAt(query, 'server_domain'), domain: host });
    const claimant = { memberId: grant.memberId, domain: host };
    const endpoint = addresses.endpoint(grant.clientEndpoint);
    const memberId = textAt(query, 'member_id') ?? grant.memberId;
    if (endpoint.host !== host || memberId !== grant.memberId) return refused('other-portal', claimant);
    await sharedTokens(vault, memberId).slot.change((stored) => tokensOf(grant, endpoint, query, stored));
    return { kind: 'installed', memberId, domain: endpoint.host, origin: endpoint.origin };
  }

  function tokensOf(
    grant: TokenGrant,
    endpoint: URL,
    query: unknown,
    stored: PortalTokens | undefined,
  ): PortalTokens {
    const { hosts } = authServer;
    const authOrigin = grant.serverEndpoint
      ? hosts.originOf(grant.serverEndpoint)
      : hosts.originOfHost(textAt(query, 'server_domain'));
    return {
      memberId: grant.memberId,
      domain: endpoint.host,
      clientEndpoint: endpoint.href,
      serverEndpoint: `${authOrigin}/rest/`,
      accessToken: grant.accessToken,
      refreshToken: grant.refreshToken,
      expiresAt: grant.expiresAt,
      scope: grant.scope ?? textAt(query, 'scope') ?? '',
      status: grant.status ?? '',
      userId: grant.userId,
      // Only an installation brings this one.
      applicationToken: stored?.applicationToken ?? '',
      renewedAt: clock.now(),
      installation: randomUUID(),
    };
  }

  return {
    async link(domain) {
      const origin = portalOrigin(domain);
      const endpoint = addresses.endpoint(origin.href);
      if (!addresses.isWanted(endpoint)) throw unwanted(origin.host);
      const state = randomBytes(24).toString('base64url');
      const store = await options.store();
      await store.set(keyOf(state), origin.href, { ttlMs: lifeMs });
      const url = new URL('/oauth/authorize/', origin);
      url.searchParams.set('client_id', authServer.clientId);
      url.searchParams.set('state', state);
      return url.href;
    },
    isReturn: (query) => textAt(query, 'code') !== undefined && textAt(query, 'state') !== undefined,
    async complete(query) {
      const claimant: Claimant = {
        memberId: textAt(query, 'member_id') ?? '',
        domain: textAt(query, 'domain')?.toLowerCase() ?? '',
      };
      try {
        const origin = await opened(query);
        if (!origin) return refused('state', claimant);
        const code = textAt(query, 'code');
        if (code === undefined) return refused('incomplete', claimant);
        if (!sameHost(claimant.domain, origin.host)) return refused('other-portal', claimant);
        return await exchange(origin, code, query);
      } catch (thrown) {
        return refusedBecause(thrown, claimant);
      }
    },
  };
}

function unwanted(host: string): InvalidError {
  return new InvalidError('CONFIG_INVALID', `the settings name another portal than ${host}`, {
    params: { property: 'domain', expected: host },
  });
}

import { randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '../../core/clock';
import { InvalidError } from '../../core/errors';
import { textAt } from '../../core/fields';
import { sameHost } from '../hub/bot-directory';
import type { PortalTokens, TokenVault } from '../rest/credential';
import type { AuthServerClient } from './auth-server';
import { refused, refusedBecause, type Claimant, type InstallOutcome } from './install-outcome';
import { createPortalAddresses, portalOrigin, type PortalAddresses } from './portal-addresses';
import { sharedTokens } from './shared-tokens';
import type { TokenGrant } from './token-answer';

export interface AuthorizationLinkOptions {
  readonly vault: TokenVault;
  readonly authServer: AuthServerClient;
  readonly addresses?: PortalAddresses | undefined;
  readonly clock?: Clock | undefined;
}

/** The way in for an app whose install call never came: a person opens a link and says yes. */
export interface AuthorizationLinks {
  /** For the browser of a person who has the app on that portal. Good once, for ten minutes. */
  link(domain: string): string;
  /** Whether this is the return from such a link at all. */
  isReturn(query: unknown): boolean;
  /** What the portal sent the browser back with. Never rejects. */
  complete(query: unknown): Promise<InstallOutcome>;
}

const lifeMs = 10 * 60_000;
/** Nobody has more links open; it bounds what an endless clicker leaves in memory. */
const mostOpenLinks = 1000;

interface OpenLink {
  readonly origin: URL;
  readonly until: number;
}

export function createAuthorizationLinks(options: AuthorizationLinkOptions): AuthorizationLinks {
  const { vault, authServer, clock = systemClock } = options;
  const addresses = options.addresses ?? createPortalAddresses();
  const open = new Map<string, OpenLink>();

  function forgetOld(): void {
    for (const [state, { until }] of open) {
      if (clock.now() < until && open.size < mostOpenLinks) return;
      open.delete(state);
    }
  }

  function take(state: string | undefined): OpenLink | undefined {
    if (state === undefined) return undefined;
    const link = open.get(state);
    open.delete(state);
    return link && clock.now() < link.until ? link : undefined;
  }

  async function exchange(link: OpenLink, code: string, query: unknown): Promise<InstallOutcome> {
    const { host } = link.origin;
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
    };
  }

  return {
    link(domain) {
      const origin = portalOrigin(domain);
      const endpoint = addresses.endpoint(origin.href);
      if (!addresses.isWanted(endpoint)) throw unwanted(origin.host);
      forgetOld();
      const state = randomBytes(24).toString('base64url');
      open.set(state, { origin, until: clock.now() + lifeMs });
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
      const link = take(textAt(query, 'state'));
      if (!link) return refused('state', claimant);
      const code = textAt(query, 'code');
      if (code === undefined) return refused('incomplete', claimant);
      if (!sameHost(claimant.domain, link.origin.host)) return refused('other-portal', claimant);
      return exchange(link, code, query).catch((thrown: unknown) => refusedBecause(thrown, claimant));
    },
  };
}

function unwanted(host: string): InvalidError {
  return new InvalidError('CONFIG_INVALID', `the settings name another portal than ${host}`, {
    params: { property: 'domain', expected: host },
  });
}

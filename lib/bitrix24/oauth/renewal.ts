import type { Clock } from '../../core/clock';
import { RefusedError } from '../../core/errors';
import type { PortalTokens } from '../rest/credential';
import type { AuthServerClient } from './auth-server';
import { askWithBackOff } from './back-off';
import { appIsLost, noUsableAnswer, type Asked } from './failures';
import type { PortalAddresses } from './portal-addresses';
import { whileOthersWait } from './renewal-turn';
import type { TokenGrant } from './token-answer';
import type { TokenSlot } from './token-slot';

export interface RenewalParts {
  readonly authServer: AuthServerClient;
  readonly addresses: PortalAddresses;
  readonly clock: Clock;
}

/**
 * Gets a new pair for one portal: one request however many ask, in this process and in all that share the vault, saved
 * before anybody sees it.
 */
export interface Renewal {
  underWay(): Promise<PortalTokens> | undefined;
  /** Joins what is under way. Nobody can cancel it: the token that it uses up is the only one. */
  renew(overToken: string, parts: RenewalParts): Promise<PortalTokens>;
  /** False when new pairs came so often that one more would not help either. */
  mayAsk(clock: Clock): boolean;
}

const crowdedMs = 60_000;
const mostRenewalsWhenCrowded = 3;
/**
 * A wrong secret, an unpaid app or a used-up token is not asked about with every call. The pair that a token was used up
 * for may still be with a process that cannot save it.
 */
const refusalLastsMs = 5 * 60_000;
/**
 * Time for another process to save the pair that it got with the token which is used up for us. One asks at a time, but
 * one that stood still for long may be taken for dead, and one that nobody can wait for is not waited for.
 */
const waitsForAnother = [200, 800];
const saveAgainMs = 1000;

/** A pair that is not in the vault yet: the token that was spent on it is used up, so it is the only one there is. */
interface UnsavedPair {
  spent: string;
  grant: TokenGrant;
  parts: RenewalParts;
  /** For messages. */
  portal: string;
}

export function createRenewal(slot: TokenSlot): Renewal {
  let flight: Promise<PortalTokens> | undefined;
  let unsaved: UnsavedPair | undefined;
  let refusal: { of: string; by: AuthServerClient; error: RefusedError; until: number } | undefined;
  let renewedAt: number[] = [];

  function renewInTurn(overToken: string, parts: RenewalParts): Promise<PortalTokens> {
    const rest = (): Promise<void> | undefined => unsaved && keepSaving(unsaved);
    return whileOthersWait(slot, { overToken, clock: parts.clock, rest }, (isOurTurn) =>
      renewOnce(overToken, parts, isOurTurn),
    );
  }

  async function renewOnce(
    overToken: string,
    parts: RenewalParts,
    isOurTurn: boolean,
  ): Promise<PortalTokens> {
    const stored = await slot.reload();
    if (!stored) throw appIsLost(slot.memberId);
    if (stored.accessToken !== overToken) return stored;
    const grant = await grantFor(stored, parts, isOurTurn);
    if (!grant) return savedByAnother(stored);
    unsaved = { spent: stored.refreshToken, grant, parts, portal: stored.domain };
    return save(unsaved);
  }

  async function save(pair: UnsavedPair): Promise<PortalTokens> {
    // A save that failed may be there all the same, but not for good: it is made again until it is confirmed.
    const replaced = [pair.spent, pair.grant.refreshToken];
    const saved = await slot.change((now) =>
      now && replaced.includes(now.refreshToken) ? withGrant(now, pair.grant, pair.parts) : undefined,
    );
    if (unsaved === pair) unsaved = undefined;
    if (!saved) throw appIsLost(pair.portal);
    return saved;
  }

  /** Also when nobody calls: all the others wait for it, and it would go with this process. */
  async function keepSaving(pair: UnsavedPair): Promise<void> {
    while (unsaved === pair) {
      await pair.parts.clock.sleep(saveAgainMs);
      if (unsaved === pair) await save(pair).catch(() => undefined);
    }
  }

  /** None when the vault holds a newer pair by now. */
  async function grantFor(
    stored: PortalTokens,
    { authServer, clock }: RenewalParts,
    isOurTurn: boolean,
  ): Promise<TokenGrant | undefined> {
    if (refusal?.of === stored.refreshToken && refusal.by === authServer && clock.now() < refusal.until) {
      throw refusal.error;
    }
    try {
      const grant = await askWithBackOff(() => authServer.refresh(stored), clock);
      refuseForeign(grant, stored, authServer);
      renewedAt.push(clock.now());
      return grant;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      const isUsedUp = error.code === 'BITRIX_APP_LOST';
      if (isUsedUp && (await isReplacedSoon(stored, clock))) return undefined;
      if (isUsedUp && !isOurTurn) throw noUsableAnswer(askedFor(stored, authServer), 'RENEWED_ELSEWHERE');
      refusal = { of: stored.refreshToken, by: authServer, error, until: clock.now() + refusalLastsMs };
      throw error;
    }
  }

  async function isReplacedSoon(stored: PortalTokens, clock: Clock): Promise<boolean> {
    for (const wait of [0, ...waitsForAnother]) {
      if (wait > 0) await clock.sleep(wait);
      if ((await slot.reload())?.refreshToken !== stored.refreshToken) return true;
    }
    return false;
  }

  function savedByAnother(stored: PortalTokens): PortalTokens {
    const newer = slot.known();
    if (!newer) throw appIsLost(stored.domain);
    return newer;
  }

  return {
    underWay: () => flight,
    renew(overToken, parts) {
      if (flight) return flight;
      const renewing = unsaved ? save(unsaved) : renewInTurn(overToken, parts);
      const started = renewing.finally(() => (flight = undefined));
      // Everybody who waits may give up before it fails.
      started.catch(() => undefined);
      flight = started;
      return started;
    },
    mayAsk(clock) {
      const since = clock.now() - crowdedMs;
      renewedAt = renewedAt.filter((at) => at > since);
      return renewedAt.length < mostRenewalsWhenCrowded;
    },
  };
}

function refuseForeign(grant: TokenGrant, stored: PortalTokens, authServer: AuthServerClient): void {
  if (grant.memberId === stored.memberId) return;
  throw noUsableAnswer(askedFor(stored, authServer), 'OTHER_PORTAL');
}

function askedFor(stored: PortalTokens, authServer: AuthServerClient): Asked {
  const host = new URL(authServer.hosts.originOf(stored.serverEndpoint)).host;
  return { what: 'oauth/token', host, portal: stored.domain };
}

/** An address that may not be used does not cost the pair: it is the only one there is. */
function withGrant(stored: PortalTokens, grant: TokenGrant, parts: RenewalParts): PortalTokens {
  const endpoint = ifAllowed(() => parts.addresses.endpoint(grant.clientEndpoint));
  const authOrigin = ifAllowed(() => parts.authServer.hosts.originOf(grant.serverEndpoint ?? ''));
  return {
    ...stored,
    domain: endpoint?.host ?? stored.domain,
    clientEndpoint: endpoint?.href ?? stored.clientEndpoint,
    serverEndpoint: authOrigin === undefined ? stored.serverEndpoint : `${authOrigin}/rest/`,
    accessToken: grant.accessToken,
    refreshToken: grant.refreshToken,
    expiresAt: grant.expiresAt,
    scope: grant.scope ?? stored.scope,
    status: grant.status ?? stored.status,
    userId: grant.userId ?? stored.userId,
    renewedAt: parts.clock.now(),
  };
}

function ifAllowed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

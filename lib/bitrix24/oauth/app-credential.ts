import { systemClock, type Clock } from '../../core/clock';
import { CancelledError, RefusedError, UnreachableError } from '../../core/errors';
import { unlessAborted } from '../../core/unless-aborted';
import type { Credential, PortalTokens, TokenVault } from '../rest/credential';
import type { AuthServerClient } from './auth-server';
import { askWithBackOff } from './back-off';
import { appIsLost } from './failures';
import { createPortalAddresses, type PortalAddresses } from './portal-addresses';
import type { RenewalParts } from './renewal';
import { sharedTokens } from './shared-tokens';

export interface AppCredentialOptions {
  readonly memberId: string;
  readonly vault: TokenVault;
  readonly authServer: AuthServerClient;
  readonly addresses?: PortalAddresses | undefined;
  readonly clock?: Clock | undefined;
}

/** Sooner than the portal would say so: a call that is sure to fail is not made. */
const expiryMarginMs = 60_000;

/** Reads the tokens first, so that the address is known from the start; a portal without any is BITRIX_APP_LOST. */
export async function createAppCredential(options: AppCredentialOptions): Promise<Credential> {
  const { memberId, vault, authServer, clock = systemClock } = options;
  const { slot, renewal } = sharedTokens(vault, memberId);
  const parts: RenewalParts = {
    authServer,
    clock,
    addresses: options.addresses ?? createPortalAddresses(),
  };
  let last = (await slot.reload()) ?? missing(memberId);
  let refusedByPortal: string | undefined;

  function current(): PortalTokens {
    last = slot.known() ?? missing(last.domain);
    return last;
  }

  const isGood = ({ accessToken, expiresAt }: PortalTokens): boolean =>
    clock.now() < expiresAt && accessToken !== refusedByPortal;

  async function renewed(tokens: PortalTokens, signal: AbortSignal | undefined): Promise<PortalTokens> {
    try {
      return await unlessAborted(renewal.renew(tokens.accessToken, parts), signal);
    } catch (error) {
      if (error instanceof UnreachableError && isGood(tokens)) return tokens;
      throw error;
    }
  }

  async function renew(over: string, signal: AbortSignal | undefined): Promise<boolean> {
    // A late refusal of a token that is replaced by now.
    if (current().accessToken !== over) return true;
    refusedByPortal = over;
    if (!renewal.underWay() && !renewal.mayAsk(clock)) return false;
    await unlessAborted(renewal.renew(over, parts), signal);
    return current().accessToken !== over;
  }

  async function usable(signal?: AbortSignal): Promise<PortalTokens> {
    if (signal?.aborted) throw new CancelledError();
    const tokens = current();
    const isOver = clock.now() > tokens.expiresAt - expiryMarginMs;
    const isWorthIt = renewal.underWay() !== undefined || (isOver && renewal.mayAsk(clock));
    return isWorthIt ? renewed(tokens, signal) : tokens;
  }

  /** Where the auth server says that the portal is: by the token, or by a new one when that is over. */
  async function knownHost(): Promise<string | undefined> {
    const tokens = await usable();
    try {
      const proof = await askWithBackOff(() => authServer.checkInstall(tokens), clock);
      const isOurs = proof.memberId === memberId && proof.clientId === authServer.clientId;
      return isOurs && URL.canParse(proof.clientEndpoint) ? new URL(proof.clientEndpoint).host : undefined;
    } catch (error) {
      if (!(error instanceof RefusedError) || error.code !== 'BITRIX_AUTH') throw error;
    }
    return (await renew(tokens.accessToken, undefined)) ? current().domain : undefined;
  }

  return {
    base: () => new URL((slot.known() ?? last).clientEndpoint),
    async fields(signal) {
      const { accessToken } = await usable(signal);
      return { auth: accessToken };
    },
    async renew(used, signal) {
      const over = used['auth'];
      return over === undefined ? false : renew(over, signal);
    },
    async proveSameness(origin) {
      const endpoint = parts.addresses.endpoint(origin);
      return endpoint.host === (await knownHost());
    },
    async moveTo(origin) {
      const endpoint = parts.addresses.endpoint(origin);
      const moved = { domain: endpoint.host, clientEndpoint: endpoint.href };
      const saved = await slot.change((stored) => stored && { ...stored, ...moved });
      if (!saved) throw appIsLost(last.domain);
    },
  };
}

function missing(portal: string): never {
  throw appIsLost(portal);
}

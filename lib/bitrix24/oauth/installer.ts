import { randomUUID } from 'node:crypto';
import { systemClock, type Clock } from '../../core/clock';
import type { PortalTokens, TokenVault } from '../rest/credential';
import { sameToken } from '../events/envelope';
import type { AuthServerClient } from './auth-server';
import { askWithBackOff } from './back-off';
import { storeFailed } from './failures';
import { refused, refusedBecause, type InstallOutcome } from './install-outcome';
import {
  appRequestKind,
  readInstallEvent,
  readInstallPage,
  readNotice,
  type AppNotice,
  type AppRequest,
  type ClaimedInstall,
} from './install-request';
import { createPortalAddresses, isDomainOf, type PortalAddresses } from './portal-addresses';
import { sharedTokens } from './shared-tokens';
import type { InstallProof } from './token-answer';

export interface AppInstallerOptions {
  readonly vault: TokenVault;
  readonly authServer: AuthServerClient;
  /** Says also which portal is wanted. */
  readonly addresses?: PortalAddresses | undefined;
  readonly clock?: Clock | undefined;
}

export interface AppInstaller {
  /** Never rejects. Nothing is stored before it is proved, and only an auth server of the list is asked. */
  receive(request: AppRequest): Promise<InstallOutcome>;
}

/** Anybody can post here, and each claim costs the auth server a question. */
const mostChecksAtOnce = 8;

export function createAppInstaller(options: AppInstallerOptions): AppInstaller {
  const { vault, authServer, clock = systemClock } = options;
  const addresses = options.addresses ?? createPortalAddresses();
  let checks = 0;

  async function proofOf(token: Parameters<AuthServerClient['checkInstall']>[0]): Promise<InstallProof> {
    checks += 1;
    try {
      return await askWithBackOff(() => authServer.checkInstall(token), clock);
    } finally {
      checks -= 1;
    }
  }

  async function install(claim: ClaimedInstall): Promise<InstallOutcome> {
    const endpoint = addresses.endpoint(claim.clientEndpoint);
    if (!isDomainOf(endpoint, claim.domain)) return refused('address', claim);
    if (!addresses.isWanted(endpoint)) return refused('other-portal', claim);
    if (checks >= mostChecksAtOnce) return refused('busy', claim);
    const proof = await proofOf(claim);
    if (proof.clientId !== authServer.clientId) return refused('other-app', claim);
    if (proof.memberId !== claim.memberId) return refused('other-portal', claim);
    if (!isSameHost(proof.clientEndpoint, endpoint)) return refused('address', claim);
    return keep(claim, proof, endpoint);
  }

  async function keep(claim: ClaimedInstall, proof: InstallProof, endpoint: URL): Promise<InstallOutcome> {
    const { memberId } = claim;
    const tokens = tokensOf(claim, proof, endpoint);
    const saved = await sharedTokens(vault, memberId).slot.change((stored) =>
      isOpeningByAnother(claim, proof, stored)
        ? undefined
        : { ...tokens, ...installationOf(claim, proof, stored) },
    );
    if (saved?.accessToken !== tokens.accessToken) return refused('already-installed', claim);
    return { kind: 'installed', memberId, domain: endpoint.host, origin: endpoint.origin };
  }

  function tokensOf(claim: ClaimedInstall, proof: InstallProof, endpoint: URL): PortalTokens {
    return {
      memberId: claim.memberId,
      domain: endpoint.host,
      clientEndpoint: endpoint.href,
      serverEndpoint: `${authServer.hosts.originOf(claim.serverEndpoint)}/rest/`,
      accessToken: claim.accessToken,
      refreshToken: claim.refreshToken,
      expiresAt: claim.expiresAt,
      scope: proof.scope ?? claim.scope,
      status: proof.status ?? claim.status,
      userId: proof.userId ?? claim.userId,
      applicationToken: claim.applicationToken,
      renewedAt: clock.now(),
    };
  }

  async function update(notice: AppNotice): Promise<InstallOutcome> {
    const { memberId, applicationToken, scope } = notice;
    const isKnown = await isFromStored(notice);
    if (!isKnown && !(await isProvedAnew(notice))) return refused('application-token', notice);
    const saved = await sharedTokens(vault, memberId).slot.change(
      (stored) => stored && { ...stored, applicationToken, scope: scope ?? stored.scope },
    );
    return saved ? { kind: 'updated', memberId, domain: saved.domain } : refused('application-token', notice);
  }

  /** A new version may bring a new application token; then its access token has to speak for it. */
  async function isProvedAnew({ applicationToken, ...notice }: AppNotice): Promise<boolean> {
    const { accessToken, serverEndpoint, domain, memberId } = notice;
    if (applicationToken === '' || accessToken === undefined || serverEndpoint === undefined) return false;
    if (!(await storedFor(memberId)) || checks >= mostChecksAtOnce) return false;
    const proof = await proofOf({ accessToken, serverEndpoint, domain });
    return proof.clientId === authServer.clientId && proof.memberId === memberId;
  }

  async function uninstall(notice: AppNotice): Promise<InstallOutcome> {
    const { memberId, domain, clean } = notice;
    if (!(await isFromStored(notice))) return refused('application-token', notice);
    await sharedTokens(vault, memberId).slot.remove();
    return { kind: 'uninstalled', memberId, domain, clean };
  }

  async function isFromStored({ memberId, applicationToken }: AppNotice): Promise<boolean> {
    return sameToken(applicationToken, (await storedFor(memberId))?.applicationToken ?? '');
  }

  /** Past the shared tokens: whoever posts an unknown portal must not leave anything behind in memory. */
  async function storedFor(memberId: string): Promise<PortalTokens | undefined> {
    return vault.load(memberId).catch((thrown: unknown) => {
      throw storeFailed('the authorisation of the portal could not be read', thrown);
    });
  }

  return {
    async receive(request) {
      const kind = appRequestKind(request);
      if (kind === 'install') return attempt(readInstallEvent(request, clock.now()), install);
      if (kind === 'page') return attempt(readInstallPage(request, clock.now()), install);
      if (kind === 'update') return attempt(readNotice(request), update);
      return kind === 'uninstall' ? attempt(readNotice(request), uninstall) : refused('incomplete');
    },
  };
}

async function attempt<Claim extends { memberId: string; domain: string }>(
  claim: Claim | undefined,
  work: (claim: Claim) => Promise<InstallOutcome>,
): Promise<InstallOutcome> {
  if (!claim) return refused('incomplete');
  try {
    return await work(claim);
  } catch (thrown) {
    return refusedBecause(thrown, claim);
  }
}

/**
 * The page of an app is posted in the same form each time somebody opens it. Before the installation is finished it
 * is the installation; afterwards, with a person other than the installer, it would swap the rights of an
 * administrator for those of anybody.
 */
function isOpeningByAnother(
  claim: ClaimedInstall,
  proof: InstallProof,
  stored: PortalTokens | undefined,
): boolean {
  return isOpening(claim, proof) && stored !== undefined && stored.userId !== proof.userId;
}

const isOpening = ({ via }: ClaimedInstall, { installed }: InstallProof): boolean =>
  via === 'page' && installed;

/** The installer who looks at the page has not installed anything anew. */
function installationOf(
  claim: ClaimedInstall,
  proof: InstallProof,
  stored: PortalTokens | undefined,
): Pick<PortalTokens, 'installation'> {
  if (!stored || !isOpening(claim, proof)) return { installation: randomUUID() };
  return stored.installation === undefined ? {} : { installation: stored.installation };
}

function isSameHost(address: string, endpoint: URL): boolean {
  return URL.canParse(address) && new URL(address).host === endpoint.host;
}

import type { Clock } from '../../core/clock';
import { idAt, textAt } from '../../core/fields';
import type { PortalTokens, TokenVault } from '../rest/credential';
import type { AuthServerClient } from './auth-server';
import { askWithBackOff } from './back-off';
import { storeFailed } from './failures';
import { refused, refusedBecause, type RefusedInstall } from './install-outcome';
import type { AppRequest } from './install-request';
import { isDomainOf, type PortalAddresses } from './portal-addresses';
import type { InstallProof } from './token-answer';

/** Somebody who has opened the installed app inside the portal: the auth server's word. */
export interface FrameVisit {
  readonly memberId: string;
  /** Where the auth server says that the portal is. */
  readonly endpoint: URL;
  /** Undefined when the auth server does not name the person; the portal will. */
  readonly userId: number | undefined;
  readonly accessToken: string;
  readonly tokenExpiresAt: number;
  readonly language: string;
  /** The person whose tokens we hold. */
  readonly isInstaller: boolean;
}

export type FrameOutcome =
  | { kind: 'visit'; visit: FrameVisit }
  /** The app is not installed on that portal yet, so this is its installation. */
  | { kind: 'install' }
  | RefusedInstall;

export interface FrameCheckOptions {
  readonly vault: TokenVault;
  readonly authServer: AuthServerClient;
  readonly addresses: PortalAddresses;
  readonly clock: Clock;
}

/** Anybody can post here, and each claim costs the auth server a question. */
const mostChecksAtOnce = 8;
const tokenLifeMs = 3_600_000;

/** Tells the opening of an installed app from its installation, which comes in the same form. Never rejects. */
export function createFrameCheck(options: FrameCheckOptions): (request: AppRequest) => Promise<FrameOutcome> {
  const { vault, authServer, addresses, clock } = options;
  let checks = 0;

  async function proofOf(stored: PortalTokens, accessToken: string): Promise<InstallProof> {
    const { serverEndpoint, domain } = stored;
    checks += 1;
    try {
      // The server that the installation has named: what the page of a browser names is not asked.
      return await askWithBackOff(
        () => authServer.checkInstall({ serverEndpoint, accessToken, domain }),
        clock,
      );
    } finally {
      checks -= 1;
    }
  }

  async function check(claim: FrameClaim): Promise<FrameOutcome> {
    const stored = await vault.load(claim.memberId).catch((thrown: unknown) => {
      throw storeFailed('the authorisation of the portal could not be read', thrown);
    });
    if (!stored) return { kind: 'install' };
    if (checks >= mostChecksAtOnce) return refused('busy', claim);
    const proof = await proofOf(stored, claim.accessToken);
    if (proof.clientId !== authServer.clientId) return refused('other-app', claim);
    if (proof.memberId !== claim.memberId) return refused('other-portal', claim);
    const endpoint = addresses.endpoint(proof.clientEndpoint);
    if (!addresses.isWanted(endpoint)) return refused('other-portal', claim);
    if (!isDomainOf(endpoint, claim.domain)) return refused('address', claim);
    return proof.installed ? visitOf(claim, proof, endpoint, stored) : { kind: 'install' };
  }

  function visitOf(
    claim: FrameClaim,
    { userId }: InstallProof,
    endpoint: URL,
    stored: PortalTokens,
  ): FrameOutcome {
    const { memberId, accessToken, secondsLeft, language } = claim;
    const lifeMs = Math.min(tokenLifeMs, secondsLeft === undefined ? tokenLifeMs : secondsLeft * 1000);
    const visit: FrameVisit = {
      memberId,
      endpoint,
      userId: userId ?? undefined,
      accessToken,
      tokenExpiresAt: clock.now() + lifeMs,
      language,
      isInstaller: userId !== null && userId === stored.userId,
    };
    return { kind: 'visit', visit };
  }

  return async (request) => {
    const claim = readFrame(request);
    if (!claim) return refused('incomplete');
    try {
      return await check(claim);
    } catch (thrown) {
      return refusedBecause(thrown, claim);
    }
  };
}

/** What a browser has posted: claims until the auth server has confirmed them. */
interface FrameClaim {
  readonly memberId: string;
  /** Empty when none was named. */
  readonly domain: string;
  readonly accessToken: string;
  readonly secondsLeft: number | undefined;
  readonly language: string;
}

function readFrame({ query, body }: AppRequest): FrameClaim | undefined {
  const read = (name: string): string | undefined => textAt(body, name) ?? textAt(query, name);
  const memberId = read('member_id');
  // From the body alone: an address ends up in logs.
  const accessToken = textAt(body, 'AUTH_ID');
  if (memberId === undefined || accessToken === undefined) return undefined;
  return {
    memberId,
    domain: read('DOMAIN')?.toLowerCase() ?? '',
    accessToken,
    secondsLeft: idAt(body, 'AUTH_EXPIRES'),
    language: read('LANG') ?? '',
  };
}

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { Credential, PortalTokens } from '../../../lib/bitrix24/rest/credential';
import { decodeForm } from '../../../lib/bitrix24/events/event-body';
import {
  createAppCredential,
  createAuthServerClient,
  createPortalAddresses,
  type AppRequest,
  type AuthServerClient,
  type PortalAddresses,
} from '../../../lib/bitrix24/oauth';
import { BitlaneError } from '../../../lib/core/errors';
import { startAuthServer, type AuthServer, type Portal } from '../../../sandbox/bitrix24';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { createMemoryVault, type MemoryVault } from '../../support/memory-vault';
import type { Handler, Started } from '../sandbox-portal/support';

export const clientId = 'local.marker-app';
export const clientSecret = 'MARKERclientSECRET';
export const startMs = 1_800_000_000_000;

export interface EagerClock extends ManualClock {
  readonly slept: readonly number[];
}

/** Short waits (a back-off) are over at once and written down; time limits fire only when time is moved on. */
export function eagerClock(): EagerClock {
  const clock = manualClock(startMs);
  const slept: number[] = [];
  return {
    ...clock,
    slept,
    async sleep(ms, signal) {
      if (ms >= 15_000) return clock.sleep(ms, signal);
      slept.push(ms);
      await clock.advance(ms);
    },
  };
}

export interface Scene {
  clock: EagerClock;
  auth: AuthServer;
  portal: Portal;
  vault: MemoryVault;
  authServer: AuthServerClient;
  addresses: PortalAddresses;
  /** A fresh pair of the portal, saved as an installation would. */
  installed(change?: Partial<PortalTokens>): Promise<PortalTokens>;
  credential(vault?: MemoryVault): Promise<Credential>;
}

export interface SceneOptions {
  installUrl?: string;
  installed?: boolean;
  clientSecret?: string;
}

export async function openScene(start: Started, options: SceneOptions = {}): Promise<Scene> {
  const clock = eagerClock();
  const auth = start.keep(await startAuthServer({ clock }));
  const { installUrl, installed = true } = options;
  const portal = await start.portal({
    clock,
    limits: 'off',
    authServer: auth,
    app: { clientId, clientSecret, installed, ...(installUrl === undefined ? {} : { installUrl }) },
  });
  const vault = createMemoryVault();
  const authServer = clientFor(start, clock, [auth.host], options.clientSecret);
  const addresses = createPortalAddresses({ loopbackPortals: true });
  return {
    clock,
    auth,
    portal,
    vault,
    authServer,
    addresses,
    async installed(change = {}) {
      const tokens = { ...tokensOf(portal, auth, clock.now()), ...change };
      await vault.save(tokens);
      return tokens;
    },
    credential: (of = vault) =>
      createAppCredential({ memberId: portal.memberId, vault: of, authServer, addresses, clock }),
  };
}

export function clientFor(
  start: Started,
  clock: ManualClock,
  authHosts: readonly string[],
  secret = clientSecret,
): AuthServerClient {
  const client = createAuthServerClient({ clientId, clientSecret: secret, authHosts, clock });
  start.keep({ stop: () => client.close() });
  return client;
}

export function tokensOf(portal: Portal, auth: AuthServer, now: number): PortalTokens {
  const pair = portal.issueTokens();
  return {
    memberId: portal.memberId,
    domain: portal.domain,
    clientEndpoint: `${portal.origin}/rest/`,
    serverEndpoint: `${auth.origin}/rest/`,
    accessToken: pair.token,
    refreshToken: pair.refreshToken,
    expiresAt: pair.expiresAt,
    scope: 'imbot',
    status: 'L',
    userId: 1,
    applicationToken: 'MARKERapplicationTOKEN',
    renewedAt: now,
  };
}

/** What a REST client does with a credential: one call, and one more when the portal says that the token is over. */
export async function callProfile(credential: Credential, signal?: AbortSignal): Promise<number> {
  const used = await credential.fields(signal);
  const first = await post(credential, used);
  if (first !== 401) return first;
  return (await credential.renew(used, signal)) ? post(credential, await credential.fields(signal)) : first;
}

async function post(credential: Credential, fields: Readonly<Record<string, string>>): Promise<number> {
  const response = await fetch(new URL('profile', credential.base()), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(fields),
    redirect: 'manual',
  });
  await response.arrayBuffer();
  return response.status;
}

export async function failureOf(work: Promise<unknown>): Promise<BitlaneError> {
  const outcome = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(outcome instanceof BitlaneError, `expected one of our errors, got ${inspect(outcome)}`);
  return outcome;
}

/** Everything that a log could show of it. */
export function shownOf(thing: unknown): string {
  const texts = [inspect(thing, { depth: null, showHidden: true, getters: true }), JSON.stringify(thing)];
  for (let error = thing; error instanceof Error; error = error.cause) {
    texts.push(error.message, error.stack ?? '', String(error));
  }
  return texts.join('\n');
}

export function assertNothingSecret(thing: unknown, secrets: readonly string[]): void {
  const shown = shownOf(thing);
  for (const secret of secrets) assert.ok(!shown.includes(secret), `a secret is shown in: ${shown}`);
}

/** What a portal posted last, decoded as the web route does it. */
export function lastRequest(handler: Handler): AppRequest {
  const heard = handler.heard.at(-1);
  assert.ok(heard, 'nothing was posted');
  const { search } = new URL(heard.url, 'http://handler.invalid');
  return { query: decodeForm(search.slice(1)), body: decodeForm(heard.body) };
}

import { systemClock, type Clock } from '../../core/clock';
import { CancelledError, UnreachableError } from '../../core/errors';
import { createHttpClient, type HttpRequest, type HttpResponse } from '../../core/http';
import type { ResolveHost } from '../../core/network-guard';
import { USER_AGENT } from '../../core/user-agent';
import { createAuthHosts, type AuthHosts } from './auth-hosts';
import { noUsableAnswer, type Asked } from './failures';
import { readGrant, readProof, type InstallProof, type TokenGrant } from './token-answer';

export interface AuthServerOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** `host` or `host:port`; left out or empty: Bitrix24's own two. */
  readonly authHosts?: readonly string[] | undefined;
  readonly allowPrivateNetwork?: boolean | undefined;
  readonly ca?: string | undefined;
  readonly resolve?: ResolveHost | undefined;
  readonly userAgent?: string | undefined;
  readonly clock?: Clock | undefined;
}

/** One request each, nothing repeated; no redirect is followed. What it throws holds no secret. */
export interface AuthServerClient {
  readonly clientId: string;
  readonly hosts: AuthHosts;
  refresh(pair: { serverEndpoint: string; refreshToken: string; domain: string }): Promise<TokenGrant>;
  exchangeCode(given: { code: string; host: string | undefined; domain: string }): Promise<TokenGrant>;
  /** Uses nothing up. */
  checkInstall(given: { serverEndpoint: string; accessToken: string; domain: string }): Promise<InstallProof>;
  /** Lets what is under way end first: a refresh that is cut off may have used up the only token. */
  close(): Promise<void>;
}

const timeoutMs = 15_000;
const maxResponseBytes = 1024 * 1024;

export function createAuthServerClient(options: AuthServerOptions): AuthServerClient {
  const { clientId, clientSecret, clock = systemClock, userAgent = USER_AGENT } = options;
  const hosts = createAuthHosts(options.authHosts);
  const http = createHttpClient({
    policy: { origin: 'configured', allowPrivateNetwork: options.allowPrivateNetwork },
    userAgent,
    timeoutMs,
    maxResponseBytes,
    ca: options.ca,
    resolve: options.resolve,
    clock,
  });
  const underWay = new Set<Promise<unknown>>();
  let isClosed = false;

  async function ask(asked: Asked, request: Omit<HttpRequest, 'method'>): Promise<HttpResponse> {
    if (isClosed) throw new CancelledError();
    const answer = http.send({ ...request, method: 'POST' });
    underWay.add(answer);
    try {
      return await answer;
    } catch (error) {
      throw error instanceof UnreachableError ? noUsableAnswer(asked, reasonOf(error), error) : error;
    } finally {
      underWay.delete(answer);
    }
  }

  async function askForTokens(
    origin: string,
    portal: string,
    grant: Readonly<Record<string, string>>,
  ): Promise<TokenGrant> {
    const asked: Asked = { what: 'oauth/token', host: new URL(origin).host, portal };
    const form = { client_id: clientId, client_secret: clientSecret, ...grant };
    const response = await ask(asked, {
      url: new URL('/oauth/token/', origin),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
      body: new URLSearchParams(form).toString(),
    });
    return readGrant(response, { asked, secrets: Object.values(form) }, clock.now());
  }

  return {
    clientId,
    hosts,
    refresh: async ({ serverEndpoint, refreshToken, domain }) =>
      askForTokens(hosts.originOf(serverEndpoint), domain, {
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
      }),
    exchangeCode: async ({ code, host, domain }) =>
      askForTokens(hosts.originOfHost(host), domain, { grant_type: 'authorization_code', code }),
    async checkInstall({ serverEndpoint, accessToken, domain }) {
      const origin = hosts.originOf(serverEndpoint);
      const asked: Asked = { what: 'app.info', host: new URL(origin).host, portal: domain };
      const response = await ask(asked, {
        url: new URL('/rest/app.info', origin),
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify({ auth: accessToken }),
      });
      return readProof(response, { asked, secrets: [accessToken] });
    },
    async close() {
      isClosed = true;
      await Promise.allSettled([...underWay]);
      http.close();
    },
  };
}

function reasonOf(error: UnreachableError): string {
  return String(error.params['reason'] ?? 'UNKNOWN');
}

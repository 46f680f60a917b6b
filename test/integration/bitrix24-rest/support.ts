import http from 'node:http';
import { at, textAt } from '../../../lib/core/fields';
import { systemClock, type Clock } from '../../../lib/core/clock';
import { CancelledError } from '../../../lib/core/errors';
import { createHttpClient, type HttpClient } from '../../../lib/core/http';
import type { Credential } from '../../../lib/bitrix24/rest/credential';
import type { PortalRest } from '../../../lib/bitrix24/rest/portal';
import { createRestClient, type RestClientOptions } from '../../../lib/bitrix24/rest/client';
import { webhookCredential } from '../../../lib/bitrix24/rest/webhook-credential';
import { startAuthServer, startPortal, type AuthServer, type Portal } from '../../../sandbox/bitrix24';
import type { PortalOptions } from '../../../sandbox/bitrix24';
import { patienceMs } from '../../support/patience';

/** Time that runs `factor` times as fast, for the client and the portal alike. */
export function fastClock(factor: number): Clock {
  const startedAt = performance.now();
  const start = Date.now();
  return {
    now: () => start + (performance.now() - startedAt) * factor,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(new CancelledError());
        const timer = setTimeout(resolve, Math.max(0, ms) / factor);
        const onAbort = (): void => {
          clearTimeout(timer);
          reject(new CancelledError());
        };
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
  };
}

export type ClientChanges = Partial<Omit<RestClientOptions, 'http'>> & {
  timeoutMs?: number;
  /** By which the limits of requests go; the real one otherwise. */
  httpClock?: Clock;
};

export interface Bench {
  readonly clock: Clock;
  portal(options?: PortalOptions): Promise<Portal>;
  authServer(): Promise<AuthServer>;
  scripted(...answers: readonly Scripted[]): Promise<ScriptedPortal>;
  http(timeoutMs?: number): HttpClient;
  viaWebhook(portal: { webhookUrl: string }, changes?: ClientChanges): PortalRest;
  viaApp(credential: Credential, changes?: ClientChanges): PortalRest;
}

/** Starts servers and clients for the tests of one file and stops them after each. */
export function restBench(factor = 200): Bench {
  const closing: (() => unknown)[] = [];
  const clock = fastClock(factor);
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const openHttp = (timeoutMs = patienceMs, httpClock: Clock = systemClock): HttpClient => {
    const client = createHttpClient({
      policy: { origin: 'configured' },
      userAgent: 'bitlane-test',
      timeoutMs,
      maxResponseBytes: 1_000_000,
      clock: httpClock,
    });
    closing.push(() => client.close());
    return client;
  };
  const viaApp = (
    credential: Credential,
    { timeoutMs, httpClock, ...changes }: ClientChanges = {},
  ): PortalRest => {
    const rest = createRestClient({ http: openHttp(timeoutMs, httpClock), clock, ...changes, credential });
    closing.push(() => rest.close());
    return rest;
  };
  return {
    clock,
    http: openHttp,
    viaApp,
    viaWebhook: ({ webhookUrl }, changes) => viaApp(webhookCredential(new URL(webhookUrl)), changes),
    async portal(options) {
      const portal = await startPortal({ clock, ...options });
      closing.push(() => portal.stop());
      return portal;
    },
    async authServer() {
      const server = await startAuthServer({ clock });
      closing.push(() => server.stop());
      return server;
    },
    async scripted(...answers) {
      const portal = await startScripted(answers);
      closing.push(() => portal.stop());
      return portal;
    },
  };
}

export interface Scripted {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  body?: unknown;
}

export interface ScriptedPortal {
  readonly webhookUrl: string;
  readonly origin: string;
  readonly requests: { path: string; httpMethod: string; body: unknown }[];
  stop(): Promise<void>;
}

export const scriptedSecret = 'markersecret0123456789';

/** Says exactly what it is told, the last answer for ever: for answers that no portal of the sandbox gives. */
async function startScripted(answers: readonly Scripted[]): Promise<ScriptedPortal> {
  const requests: ScriptedPortal['requests'] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      const answer = answers[Math.min(requests.length, answers.length - 1)] ?? {};
      requests.push({ path: request.url ?? '', httpMethod: request.method ?? '', body });
      response.writeHead(answer.status ?? 200, answer.headers ?? {});
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the scripted portal has no port');
  const origin = `http://127.0.0.1:${address.port}`;
  return {
    origin,
    webhookUrl: `${origin}/rest/1/${scriptedSecret}/`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An app on a portal of the sandbox, with a credential as small as can be. */
export function appCredential(portal: Portal, server: AuthServer): Credential & { proofs: number } {
  const app = portal.app;
  if (!app) throw new Error('this portal has no app');
  let pair: { token: string; refreshToken: string } = portal.issueTokens();
  let base = new URL(`${portal.origin}/rest/`);
  let renewing: Promise<boolean> | undefined;

  async function refresh(): Promise<boolean> {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: app?.clientId ?? '',
      client_secret: app?.clientSecret ?? '',
      refresh_token: pair.refreshToken,
    });
    const answer = await askJson(`${server.origin}/oauth/token/`, form);
    const token = textAt(answer, 'access_token');
    const refreshToken = textAt(answer, 'refresh_token');
    if (token === undefined || refreshToken === undefined) return false;
    pair = { token, refreshToken };
    return true;
  }

  const credential = {
    proofs: 0,
    base: () => base,
    async fields() {
      await renewing;
      return { auth: pair.token };
    },
    async renew(used: Readonly<Record<string, string>>) {
      if (used['auth'] !== pair.token) return true;
      renewing ??= refresh().finally(() => (renewing = undefined));
      return renewing;
    },
    async proveSameness(origin: string) {
      credential.proofs += 1;
      const form = new URLSearchParams({ auth: pair.token });
      const install = at(await askJson(`${server.origin}/rest/app.info`, form), 'result', 'install');
      const endpoint = textAt(install, 'client_endpoint') ?? '';
      const isOurs = textAt(install, 'member_id') === portal.memberId;
      return isOurs && URL.canParse(endpoint) && new URL(endpoint).origin === origin;
    },
    async moveTo(origin: string) {
      base = new URL('/rest/', origin);
    },
  };
  return credential;
}

async function askJson(url: string, body: URLSearchParams): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body, headers: { Connection: 'close' } });
  return response.json();
}

/** A method that fits all: it answers with what it was given. */
export const echo = {
  'test.echo': { run: ({ params }: { params: object }) => ({ result: params }) },
};

/** What came out of a promise that was expected to fail. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('this should have failed');
}

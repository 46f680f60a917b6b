import http from 'node:http';
import { isMap } from '../../../sandbox/shared/params';
import { parsePhpQuery, startPortal, type Portal, type PortalOptions } from '../../../sandbox/bitrix24';

export interface RestAnswer {
  status: number;
  result: unknown;
  error: unknown;
  body: Record<string, unknown>;
}

/** Calls a method through the incoming webhook. */
export function viaWebhook(portal: Portal, method: string, params: object = {}): Promise<RestAnswer> {
  return postJson(`${portal.webhookUrl}${method}`, params);
}

/** Calls a method as the app. */
export function viaApp(
  portal: Portal,
  token: string,
  method: string,
  params: object = {},
): Promise<RestAnswer> {
  return postJson(`${portal.origin}/rest/${method}`, { ...params, auth: token });
}

async function postJson(url: string, params: object): Promise<RestAnswer> {
  const headers = { 'Content-Type': 'application/json', Connection: 'close' };
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify(params),
    redirect: 'manual',
  });
  const parsed: unknown = await response.json();
  const body = isMap(parsed) ? parsed : {};
  return { status: response.status, result: body['result'], error: body['error'], body };
}

/** `at(answer, 'bot', 'id')`: a value deep in an answer. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const step of path) {
    if (Array.isArray(found)) found = found[Number(step)];
    else if (isMap(found)) found = found[step];
    else return undefined;
  }
  return found;
}

export function keysOf(value: unknown): string[] {
  return isMap(value) ? Object.keys(value) : [];
}

export interface HeardEvent {
  url: string;
  body: string;
  form: Record<string, unknown>;
}

export interface Handler {
  url: string;
  heard: HeardEvent[];
  stop: () => Promise<void>;
}

/** An event handler on loopback that writes down what it hears. `answer: false` leaves the sender waiting. */
export async function startHandler({ answer = true } = {}): Promise<Handler> {
  const heard: HeardEvent[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      heard.push({ url: request.url ?? '', body, form: parsePhpQuery(body) });
      if (answer) response.end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the handler has no port');
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${address.port}/in`, heard, stop };
}

export interface Started {
  portal: (options?: PortalOptions) => Promise<Portal>;
  handler: (options?: { answer?: boolean }) => Promise<Handler>;
  /** For anything else that has to be stopped when the test is over. */
  keep: <Thing extends { stop: () => Promise<void> }>(thing: Thing) => Thing;
}

/** Starts servers for the tests of one `describe` and stops them after each test. */
export function servers(): Started {
  const running: { stop: () => Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
  });
  const keep: Started['keep'] = (thing) => {
    running.push(thing);
    return thing;
  };
  return {
    keep,
    portal: async (options) => keep(await startPortal(options)),
    handler: async (options) => keep(await startHandler(options)),
  };
}

export const token = 'bot-token-of-the-sandbox';

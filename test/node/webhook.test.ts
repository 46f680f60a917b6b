import assert from 'node:assert/strict';
import { createServer, request as httpRequest, type ClientRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { packRedactor } from '../../nodes/runtime/redactor';
import {
  openWebhook,
  type WebhookAnswer,
  type WebhookHost,
  type WebhookRequest,
} from '../../nodes/runtime/webhook';
import { patienceMs } from '../support/patience';
import { until } from '../support/until';

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const limits = { maxBytes: 1000, timeoutMs: patienceMs };
/** For a sender that never ends. */
const hasty = { ...limits, timeoutMs: 200 };

interface Site {
  app: Express;
  host: WebhookHost;
  server: Server;
  url: string;
  got: WebhookRequest[];
  /** What the host's log was told; a test that expects lines takes them out. */
  logged: string[];
  close: () => void;
}

interface SiteOptions {
  parser?: boolean;
  server?: boolean;
  middleware?: unknown;
  httpNodeRoot?: string;
  apiMaxLength?: string;
  /** Undefined for those of the settings. */
  limits?: typeof limits | undefined;
  receive?: () => Promise<WebhookAnswer>;
}

/** Node-RED as its two applications see a request: the admin side, with its body parser, comes first. */
async function startSite(options: SiteOptions = {}): Promise<Site> {
  const { parser = true, server: hasServer = true, middleware, httpNodeRoot = '/', apiMaxLength } = options;
  const app = express();
  if (parser) app.use(express.json({ limit: 5e6 }), express.urlencoded({ extended: true, limit: 5e6 }));
  const httpNode = express();
  app.use(httpNodeRoot, httpNode);
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const logged: string[] = [];
  const host: WebhookHost = {
    httpNode,
    server: hasServer ? server : undefined,
    settings: { httpNodeRoot, httpNodeMiddleware: middleware, apiMaxLength },
    log: { error: (message) => void logged.push(message) },
  };
  const got: WebhookRequest[] = [];
  const receiver = {
    receive: async (request: WebhookRequest) => {
      got.push(request);
      return options.receive?.() ?? { status: 200, text: 'taken' };
    },
    visit: async () => ({ status: 200, text: 'listening' }),
  };
  const chosen = 'limits' in options ? options.limits : limits;
  return { app, host, server, url, got, logged, close: openWebhook(host, 'events', receiver, chosen) };
}

async function stopSite({ server, close }: Site): Promise<void> {
  close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

const sites: Site[] = [];
async function site(options?: SiteOptions): Promise<Site> {
  const started = await startSite(options);
  sites.push(started);
  return started;
}

function post(url: string, body: string, headers: Record<string, string> = form): Promise<Response> {
  return fetch(`${url}/bitrix24/events`, { method: 'POST', headers, body });
}

describe('the webhook address', () => {
  afterEach(async () => {
    const stopped = sites.splice(0);
    for (const started of stopped) await stopSite(started);
    assert.deepEqual(
      stopped.flatMap(({ logged }) => logged),
      [],
    );
  });

  it('hands over the raw body although a parser stands before it', async () => {
    const { url, got } = await site();
    const response = await post(url, 'BOT[7][x]=1');
    assert.deepEqual([response.status, await response.text()], [200, 'taken']);
    assert.deepEqual(got, [{ type: 'form', body: 'BOT[7][x]=1', query: {} }]);
  });

  it('leaves the bodies of other addresses to the parser', async () => {
    const { url, host } = await site();
    host.httpNode.post('/other', (request, response) => void response.json(request.body));
    const response = await fetch(`${url}/other`, { method: 'POST', headers: form, body: 'a=1' });
    assert.deepEqual(await response.json(), { a: '1' });
  });

  it('takes what an outer application has decoded when there is no server to listen on', async () => {
    const { url, got } = await site({ server: false });
    await post(url, 'BOT[7][x]=1');
    assert.deepEqual(got, [{ type: 'form', body: { decoded: { BOT: [{ x: '1' }] } }, query: {} }]);
  });

  it('takes JSON', async () => {
    const { url, got } = await site();
    await post(url, '{"a":1}', { 'content-type': 'application/json; charset=utf-8' });
    assert.deepEqual(got, [{ type: 'json', body: '{"a":1}', query: {} }]);
  });

  for (const headers of [
    { 'content-type': 'text/plain' },
    { 'content-type': 'multipart/form-data; boundary=x' },
    { ...form, 'content-encoding': 'gzip' },
  ]) {
    it(`answers 415 to ${JSON.stringify(headers)}`, async () => {
      const { url, got } = await site({ parser: false });
      assert.equal((await post(url, 'a=1', headers)).status, 415);
      assert.deepEqual(got, []);
    });
  }

  it('answers 405 to other methods and says which it knows', async () => {
    const { url } = await site();
    const response = await fetch(`${url}/bitrix24/events`, { method: 'PUT', headers: form, body: 'a=1' });
    assert.deepEqual([response.status, response.headers.get('allow')], [405, 'GET, HEAD, POST']);
  });

  it('tells a person with a browser that it listens', async () => {
    const { url } = await site();
    assert.equal(await (await fetch(`${url}/bitrix24/events`)).text(), 'listening');
  });

  it('answers 413 to a body that says it is too large, before any of it has come', async () => {
    const { url, got } = await site();
    const { status, connection } = await announce(url, 1001);
    // What is left unread must not be taken for the next request.
    assert.deepEqual([status, connection], [413, 'close']);
    assert.deepEqual(got, []);
  });

  it('keeps the connection of a body that was read', async () => {
    const { url } = await site();
    const { status, connection } = await send(url, (request) => request.end('a=1'));
    assert.deepEqual([status, connection], [200, 'keep-alive']);
  });

  const MEGABYTE = 1024 * 1024;
  for (const [apiMaxLength, most] of [
    [undefined, MEGABYTE],
    ['5mb', MEGABYTE],
    ['nonsense', MEGABYTE],
    ['20kb', 20 * 1024],
    ['300', 300],
  ] as const) {
    it(`takes ${most} bytes and no more when apiMaxLength is ${apiMaxLength}`, async () => {
      const { url, got } = await site({ limits: undefined, ...(apiMaxLength && { apiMaxLength }) });
      const body = 'a='.padEnd(most, 'x');
      assert.equal((await post(url, body)).status, 200);
      assert.ok(got[0]?.body === body);
      assert.equal((await announce(url, most + 1)).status, 413);
    });
  }

  it('stands below httpNodeRoot, and is nowhere else', async () => {
    const { url, got } = await site({ httpNodeRoot: '/api' });
    assert.equal((await post(`${url}/api`, 'BOT[7][x]=1')).status, 200);
    assert.deepEqual(got, [{ type: 'form', body: 'BOT[7][x]=1', query: {} }]);
    assert.equal((await post(url, 'BOT[7][x]=1')).status, 404);
  });

  it('leaves the parser what comes to the same path outside httpNodeRoot', async () => {
    const { url, app } = await site({ httpNodeRoot: '/api' });
    app.post('/bitrix24/events', (request, response) => void response.json(request.body));
    assert.deepEqual(await (await post(url, 'a=1')).json(), { a: '1' });
  });

  it('answers 500 to a failure of its own and logs it without the secret', async () => {
    const secret = 'marker-secret-of-the-webhook';
    packRedactor.learn(secret);
    const { url, logged } = await site({ receive: () => Promise.reject(new Error(`lost ${secret} here`)) });
    const response = await post(url, 'a=1');
    assert.deepEqual([response.status, await response.text()], [500, '']);
    const lines = logged.splice(0);
    assert.equal(lines.length, 1);
    assert.match(String(lines[0]), /webhook failed: lost .* here/);
    assert.doesNotMatch(String(lines[0]), new RegExp(secret));
  });

  it('reads 200 bodies at once, and a sender that goes away frees its place', async () => {
    let arrived = 0;
    const middleware = (_request: unknown, _response: unknown, next: () => void): void => {
      arrived += 1;
      next();
    };
    const { url, server } = await site({ middleware, limits });
    for (const round of [1, 2]) {
      arrived = 0;
      const senders = Array.from({ length: 200 }, () => startSending(url));
      await until(() => arrived === 200, `the senders of round ${round}`);
      assert.equal((await post(url, 'a=1')).status, 503);
      for (const sender of senders) sender.destroy();
      // The one that asked may keep its own.
      await until(() => connections(server) <= 1, 'the end of their connections');
      assert.equal((await post(url, 'a=1')).status, 200);
    }
  });

  it('answers 413 to a body that turns out too large', async () => {
    const { url, got } = await site();
    const { status, connection } = await send(url, (request) => request.end('x'.repeat(2000)), {
      'transfer-encoding': 'chunked',
    });
    assert.deepEqual([status, connection], [413, 'close']);
    assert.deepEqual(got, []);
  });

  it('answers 408 to a sender that never ends', async () => {
    const { url, got } = await site({ limits: hasty });
    const { status, connection } = await send(url, (request) => void request.write('a='), {
      'transfer-encoding': 'chunked',
    });
    assert.deepEqual([status, connection], [408, 'close']);
    assert.deepEqual(got, []);
  });

  it('does not count against a sender that this process stood still', async () => {
    let isReading = false;
    const middleware = (_request: unknown, _response: unknown, next: () => void): void => {
      isReading = true;
      next();
    };
    const short = { ...limits, timeoutMs: 1000 };
    const { url, got } = await site({ middleware, limits: short });
    const { status } = await send(
      url,
      (request) => {
        request.write('a=');
        until(() => isReading, 'the body to be read').then(
          () => {
            // What an immediate does is followed by timers, and only then by a look at the network.
            setImmediate(() => {
              request.end('1');
              process.nextTick(standStill, 2 * short.timeoutMs);
            });
          },
          (error: Error) => request.destroy(error),
        );
      },
      { 'transfer-encoding': 'chunked' },
    );
    assert.equal(status, 200);
    assert.equal(got[0]?.body, 'a=1');
  });

  it('forgets a sender that goes away', async () => {
    const { url, got, server } = await site();
    const request = startSending(url);
    await until(() => connections(server) > 0, 'the connection');
    request.destroy();
    assert.equal((await post(url, 'a=1')).status, 200);
    assert.equal(got.length, 1);
  });

  it('costs no more memory for a body that comes byte by byte', async () => {
    const { url, got } = await site();
    const body = 'a='.padEnd(900, 'x');
    const { status } = await send(
      url,
      (request) => {
        for (const byte of body) request.write(byte);
        request.end();
      },
      { 'transfer-encoding': 'chunked' },
    );
    assert.equal(status, 200);
    assert.equal(got[0]?.body, body);
  });

  for (const path of [
    '/BITRIX24/events',
    '//bitrix24/events',
    '/bitrix24//events/',
    '/bitrix24/events?x=1',
  ]) {
    it(`takes no decoded body by another spelling: ${path}`, async () => {
      const { url, got } = await site();
      const response = await fetch(url + path, { method: 'POST', headers: form, body: 'BOT[7][x]=1' });
      assert.ok([200, 400, 404].includes(response.status));
      for (const { body } of got) assert.equal(body, 'BOT[7][x]=1');
    });
  }

  it('is not slowed by a long path', async () => {
    const { url } = await site();
    assert.equal((await fetch(`${url}/bitrix24/${'/'.repeat(15_000)}x`)).status, 404);
  });

  it('cannot be opened twice', async () => {
    const { host } = await site();
    const receiver = {
      receive: async () => ({ status: 200, text: '' }),
      visit: async () => ({ status: 200, text: '' }),
    };
    assert.throws(() => openWebhook(host, '/events/', receiver), { code: 'CONFIG_INVALID' });
  });

  it('runs the middleware of the settings first', async () => {
    const middleware = (_request: unknown, response: express.Response): void => void response.sendStatus(403);
    const { url } = await site({ middleware });
    assert.equal((await post(url, 'a=1')).status, 403);
  });

  it('is gone when it is closed, and leaves no listener behind in 50 rounds', async () => {
    const { url, host, server, close } = await site();
    close();
    const before = { listeners: server.listenerCount('request'), routes: routesOf(host) };
    for (let round = 0; round < 50; round += 1) {
      const receiver = {
        receive: async () => ({ status: 200, text: '' }),
        visit: async () => ({ status: 200, text: '' }),
      };
      openWebhook(host, 'events', receiver, limits)();
    }
    assert.deepEqual({ listeners: server.listenerCount('request'), routes: routesOf(host) }, before);
    assert.equal((await post(url, 'a=1')).status, 404);
  });
});

function routesOf(host: WebhookHost): number {
  const stack: unknown = Reflect.get(Object(Reflect.get(host.httpNode, '_router')), 'stack');
  return Array.isArray(stack) ? stack.length : assert.fail('Express keeps its routes elsewhere now');
}

function connections(server: Server): number {
  return Number(Reflect.get(server, '_connections'));
}

/** As under a heavy load: nothing happens in this process meanwhile. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** A body of which the rest never comes. */
function startSending(url: string): ClientRequest {
  const request = httpRequest(`${url}/bitrix24/events`, {
    method: 'POST',
    headers: { ...form, 'content-length': 100 },
  });
  request.on('error', () => undefined);
  request.write('a=');
  return request;
}

interface Answer {
  status: number | undefined;
  connection: string | undefined;
}

/** Only the headers of a POST. */
function announce(url: string, length: number): Promise<Answer> {
  return send(url, (request) => request.flushHeaders(), { 'content-length': String(length) });
}

function send(
  url: string,
  write: (request: ClientRequest) => void,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}/bitrix24/events`, {
      method: 'POST',
      headers: { ...form, connection: 'keep-alive', ...headers },
    });
    request.once('response', (response) => {
      resolve({ status: response.statusCode, connection: response.headers.connection });
      request.destroy();
    });
    request.once('error', reject);
    write(request);
  });
}

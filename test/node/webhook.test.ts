import assert from 'node:assert/strict';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { openWebhook, type WebhookHost, type WebhookRequest } from '../../nodes/runtime/webhook';
import { until } from '../support/until';

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const limits = { maxBytes: 1000, timeoutMs: 200 };

interface Site {
  host: WebhookHost;
  server: Server;
  url: string;
  got: WebhookRequest[];
  close: () => void;
}

/** Node-RED as its two applications see a request: the admin side, with its body parser, comes first. */
async function startSite(
  options: { parser?: boolean; server?: boolean; middleware?: unknown } = {},
): Promise<Site> {
  const { parser = true, server: hasServer = true, middleware } = options;
  const app = express();
  if (parser) app.use(express.json({ limit: 5e6 }), express.urlencoded({ extended: true, limit: 5e6 }));
  const httpNode = express();
  app.use(httpNode);
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const host: WebhookHost = {
    httpNode,
    server: hasServer ? server : undefined,
    settings: { httpNodeRoot: '/', httpNodeMiddleware: middleware },
    log: { error: (message) => assert.fail(String(message)) },
  };
  const got: WebhookRequest[] = [];
  const receiver = {
    receive: async (request: WebhookRequest) => {
      got.push(request);
      return { status: 200, text: 'taken' };
    },
    visit: async () => ({ status: 200, text: 'listening' }),
  };
  return { host, server, url, got, close: openWebhook(host, 'events', receiver, limits) };
}

async function stopSite({ server, close }: Site): Promise<void> {
  close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

const sites: Site[] = [];
async function site(options?: Parameters<typeof startSite>[0]): Promise<Site> {
  const started = await startSite(options);
  sites.push(started);
  return started;
}

function post(url: string, body: string, headers: Record<string, string> = form): Promise<Response> {
  return fetch(`${url}/bitrix24/events`, { method: 'POST', headers, body });
}

describe('the webhook address', () => {
  afterEach(async () => {
    for (const started of sites.splice(0)) await stopSite(started);
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

  it('answers 413 to a body that says it is too large', async () => {
    const { url, got } = await site();
    assert.equal((await post(url, `a=${'x'.repeat(2000)}`)).status, 413);
    assert.deepEqual(got, []);
  });

  it('answers 413 to a body that turns out too large', async () => {
    const { url, got } = await site();
    const status = await send(url, (request) => request.end('x'.repeat(2000)), {
      'transfer-encoding': 'chunked',
    });
    assert.equal(status, 413);
    assert.deepEqual(got, []);
  });

  it('answers 408 to a sender that never ends', async () => {
    const { url, got } = await site();
    const status = await send(url, (request) => void request.write('a='), { 'transfer-encoding': 'chunked' });
    assert.equal(status, 408);
    assert.deepEqual(got, []);
  });

  it('forgets a sender that goes away', async () => {
    const { url, got, server } = await site();
    const request = httpRequest(`${url}/bitrix24/events`, {
      method: 'POST',
      headers: { ...form, 'content-length': 100 },
    });
    request.on('error', () => undefined);
    request.write('a=');
    await until(() => connections(server) > 0, 'the connection');
    request.destroy();
    assert.equal((await post(url, 'a=1')).status, 200);
    assert.equal(got.length, 1);
  });

  it('costs no more memory for a body that comes byte by byte', async () => {
    const { url, got } = await site();
    const body = 'a='.padEnd(900, 'x');
    const status = await send(
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

function send(
  url: string,
  write: (request: ReturnType<typeof httpRequest>) => void,
  headers: Record<string, string>,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}/bitrix24/events`, {
      method: 'POST',
      headers: { ...form, ...headers },
    });
    request.once('response', (response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    request.once('error', reject);
    write(request);
  });
}

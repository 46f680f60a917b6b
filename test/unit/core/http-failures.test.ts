import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { InvalidError } from '../../../lib/core/errors';
import { findFreePort } from '../../support/free-port';
import { assertUnreachable, failureOf, httpTrial, marker, request, waitUntil } from './http-trial';
import { makeIdentity, startHttps, type Identity } from './loopback';

describe('HTTP client: failures', () => {
  const trial = httpTrial();
  const { client, raw, silentServer } = trial;
  let identity: Identity;

  before(function () {
    identity = makeIdentity('DNS:portal.example,IP:127.0.0.1');
  });

  describe('nothing was sent', () => {
    it('the connection is refused', async () => {
      const port = await findFreePort();
      await assertUnreachable(client().send(request(`http://127.0.0.1:${port}`)), false, 'ECONNREFUSED');
      await assertUnreachable(client().stream(request(`http://localhost:${port}`)), false, 'ECONNREFUSED');
    });

    it('the name is unknown', async () => {
      const resolve = (host: string): Promise<never> =>
        Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }));
      await assertUnreachable(
        client({ resolve }).send(request('https://portal.example')),
        false,
        'ENOTFOUND',
      );
    });

    it('the certificate is not trusted, or is for another name', async () => {
      let requests = 0;
      const server = await startHttps(identity, (_request, response) => {
        requests += 1;
        response.end();
      });
      trial.stopAfterwards(() => server.stop());
      await assertUnreachable(client().send(request(server.origin)), false, 'DEPTH_ZERO_SELF_SIGNED_CERT');
      const named = client({
        policy: { origin: 'configured', allowPrivateNetwork: true },
        ca: identity.cert,
        resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      });
      const other = named.send(request(`https://other.example:${server.port}`));
      await assertUnreachable(other, false, 'ERR_TLS_CERT_ALTNAME_INVALID');
      assert.equal(requests, 0);
      const { status } = await named.send(request(`https://portal.example:${server.port}`));
      assert.equal(status, 200);
    });

    it('the other side speaks no TLS', async () => {
      const server = await raw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      await assertUnreachable(client().send(request(server.origin.replace('http:', 'https:'))), false);
    });

    it('the handshake takes too long', async () => {
      const server = await raw(() => undefined);
      const attempt = client().send(request(server.origin.replace('http:', 'https:')));
      const failed = assertUnreachable(attempt, false, 'ETIMEDOUT');
      await waitUntil(() => server.connections() === 1);
      await trial.clock.advance(30_000);
      await failed;
    });

    it('the look-up takes too long', async () => {
      let release = (): void => undefined;
      let asked: (value: unknown) => void = () => undefined;
      const hasAsked = new Promise((resolve) => (asked = resolve));
      const resolve = (): Promise<never> => {
        asked(undefined);
        return new Promise((_resolve, reject) => (release = () => reject(new Error('late'))));
      };
      const failed = assertUnreachable(
        client({ resolve }).send(request('https://portal.example')),
        false,
        'ETIMEDOUT',
      );
      await hasAsked;
      await trial.clock.advance(30_000);
      await failed;
      release();
    });
  });

  describe('something may have been sent', () => {
    it('the connection is reset after the request', async () => {
      const server = await raw((socket) => socket.once('data', () => socket.resetAndDestroy()));
      await assertUnreachable(client().send(request(server.origin)), true, 'ECONNRESET');
    });

    it('the connection is closed without an answer', async () => {
      const server = await raw((socket) => socket.once('data', () => socket.end()));
      await assertUnreachable(client().send(request(server.origin)), true);
    });

    it('a pooled connection is closed under the request', async () => {
      let requests = 0;
      const server = await raw((socket) => {
        socket.on('data', () => {
          requests += 1;
          if (requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
          else socket.destroy();
        });
      });
      const pooled = client();
      assert.equal((await pooled.send(request(server.origin))).status, 200);
      await assertUnreachable(pooled.send(request(server.origin)), true);
      assert.equal(server.connections(), 1);
    });

    it('the answer is no HTTP', async () => {
      const server = await raw((socket) => socket.once('data', () => socket.end(`${marker}\r\n\r\n`)));
      await assertUnreachable(client().send(request(server.origin)), true);
    });

    it('the body is cut off, whatever its framing', async () => {
      const heads = ['content-length: 100\r\n\r\npart', 'transfer-encoding: chunked\r\n\r\n4\r\npart\r\n'];
      for (const head of heads) {
        const server = await raw((socket) =>
          socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${head}`)),
        );
        await assertUnreachable(client().send(request(server.origin)), true);
        const { body } = await client().stream(request(server.origin));
        await assertUnreachable(text(body), true);
      }
    });

    it('the packed body is broken', async () => {
      const head = 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 7\r\n\r\n';
      const server = await raw((socket) => socket.once('data', () => socket.end(`${head}no gzip`)));
      await assertUnreachable(client().send(request(server.origin)), true);
    });

    it('no answer comes in time', async () => {
      const { origin, hasRequest } = await silentServer();
      const failed = assertUnreachable(client().send(request(origin)), true, 'ETIMEDOUT');
      await hasRequest;
      await trial.clock.advance(29_999);
      assert.equal(trial.clock.pending(), 1);
      await trial.clock.advance(1);
      await failed;
    });

    it('the body does not end in time, although bytes keep coming', async () => {
      const { origin, hasRequest } = await silentServer('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart');
      const failed = assertUnreachable(
        client().send({ ...request(origin), timeoutMs: 500 }),
        true,
        'ETIMEDOUT',
      );
      await hasRequest;
      await trial.clock.advance(500);
      await failed;
    });

    it('a body that is sent breaks off', async () => {
      const { origin, hasRequest } = await silentServer();
      const body = Readable.from(
        (async function* () {
          yield 'part';
          await hasRequest;
          throw new Error(`reading /secret/${marker} failed`);
        })(),
      );
      await assertUnreachable(client().send({ ...request(origin), body }), true);
    });
  });

  describe('forbidden addresses', () => {
    async function assertRefused(attempt: Promise<unknown>): Promise<void> {
      const error = await failureOf(attempt);
      assert.ok(error instanceof InvalidError, inspect(error));
      assert.equal(error.code, 'ADDRESS_REFUSED');
    }

    it('are refused before a connection is made', async () => {
      const server = await raw(() => undefined);
      const strict = client({ policy: { origin: 'received' } });
      const body = Readable.from(['never read']);
      await assertRefused(strict.send({ ...request(server.origin), body }));
      await assertRefused(strict.stream(request(`http://2130706433:${server.port}`)));
      assert.ok(body.destroyed);
      assert.equal(server.connections(), 0);
    });

    it('are refused when a name leads there', async () => {
      const server = await raw(() => undefined);
      const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
      const strict = client({ policy: { origin: 'received' }, resolve });
      await assertRefused(strict.send(request(`https://portal.example:${server.port}`)));
      assert.equal(server.connections(), 0);
    });
  });
});

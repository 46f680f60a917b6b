import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CancelledError } from '../../../lib/core/errors';
import { assertUnreachable, failureOf, httpTrial, request, waitUntil } from './http-trial';

describe('HTTP client: time and cancelling', () => {
  const trial = httpTrial();
  const { client, raw, silentServer } = trial;

  describe('streams', () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n';

    it('end when nothing comes for too long, not when the whole takes long', async () => {
      let peer: Socket | undefined;
      const server = await raw((socket) => {
        peer = socket;
        socket.once('data', () => socket.write(`${head}1`));
      });
      const { body } = await client().stream({ ...request(server.origin), silenceMs: 1000 });
      const pieces = body[Symbol.asyncIterator]();
      assert.equal(String((await pieces.next()).value), '1');
      for (let round = 0; round < 5; round += 1) {
        await trial.clock.advance(750);
        peer?.write('2');
        assert.equal(String((await pieces.next()).value), '2');
      }
      const failed = assertUnreachable(pieces.next(), true, 'ETIMEDOUT');
      await trial.clock.advance(1250);
      await failed;
    });

    it('wait for a slow reader as long as it takes', async () => {
      const server = await raw((socket) =>
        socket.once('data', () => socket.write(`${head}${'a'.repeat(100)}`)),
      );
      const { body } = await client().stream(request(server.origin));
      await once(body, 'readable');
      await trial.clock.advance(3_600_000);
      assert.equal((await text(body)).length, 100);
    });

    it('close the connection when the reader leaves', async () => {
      let closed: (value: unknown) => void = () => undefined;
      const isClosed = new Promise((resolve) => (closed = resolve));
      const server = await raw((socket) => {
        socket.once('close', closed);
        socket.once('data', () => socket.write(`${head}1`));
      });
      const { body } = await client().stream(request(server.origin));
      body.destroy();
      await isClosed;
    });

    it('keep an error for a reader that comes late', async () => {
      const server = await raw((socket) =>
        socket.once('data', () => socket.write(head, () => socket.resetAndDestroy())),
      );
      const { body } = await client().stream(request(server.origin));
      await waitUntil(() => body.destroyed);
      await assertUnreachable(text(body), true);
    });

    it('are cancelled by their signal', async () => {
      const { origin } = await silentServer(`${head}1`);
      const stop = new AbortController();
      const { body } = await client().stream({ ...request(origin), signal: stop.signal });
      const read = failureOf(text(body));
      stop.abort();
      assert.ok((await read) instanceof CancelledError);
      assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
    });
  });

  describe('cancelling', () => {
    it('ends a request under way and leaves no listener', async () => {
      const { origin, hasRequest } = await silentServer();
      const stop = new AbortController();
      const attempt = failureOf(client().send({ ...request(origin), signal: stop.signal }));
      await hasRequest;
      stop.abort();
      assert.ok((await attempt) instanceof CancelledError);
      assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
    });

    it('ends a request whose answer has begun', async () => {
      const { origin, hasRequest } = await silentServer('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart');
      const stop = new AbortController();
      const attempt = failureOf(client().send({ ...request(origin), signal: stop.signal }));
      await hasRequest;
      stop.abort();
      assert.ok((await attempt) instanceof CancelledError);
    });

    it('does not start what is already cancelled', async () => {
      const server = await raw(() => undefined);
      const body = Readable.from(['never read']);
      const attempt = client().send({ ...request(server.origin), body, signal: AbortSignal.abort() });
      assert.ok((await failureOf(attempt)) instanceof CancelledError);
      assert.equal(server.connections(), 0);
      assert.ok(body.destroyed);
    });

    it('leaves no listener after a good answer', async () => {
      const server = await raw((socket) =>
        socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nok')),
      );
      const stop = new AbortController();
      const { body } = await client().send({ ...request(server.origin), signal: stop.signal });
      assert.equal(body, 'ok');
      assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
    });

    it('close cancels what is under way and what comes later', async () => {
      const { origin, hasRequest } = await silentServer();
      const closing = client();
      const attempt = failureOf(closing.send(request(origin)));
      await hasRequest;
      closing.close();
      assert.ok((await attempt) instanceof CancelledError);
      assert.ok((await failureOf(closing.send(request(origin)))) instanceof CancelledError);
    });
  });
});

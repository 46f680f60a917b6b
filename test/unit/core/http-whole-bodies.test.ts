import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { CancelledError } from '../../../lib/core/errors';
import { assertUnreachable, failureOf, httpTrial, request, waitUntil } from './http-trial';

/** Answers each request with what stands beside its number. */
function answering(...answers: readonly (string | Buffer)[]): (socket: Socket) => void {
  let next = 0;
  return (socket) => socket.on('data', () => socket.write(answers[next++ % answers.length] ?? ''));
}

describe('HTTP client: bodies that are sent as a whole', () => {
  const trial = httpTrial();
  const { client, raw, silentServer } = trial;

  it('waits past the answers that announce another one', async () => {
    const server = await raw(
      answering(
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n' +
          'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
      ),
    );
    const { status, headers, body } = await client().send(request(server.origin));
    assert.deepEqual({ status, body, link: headers['link'] }, { status: 200, body: 'ok', link: undefined });
  });

  it('fails at once when the other side wants to speak another protocol', async () => {
    const server = await raw(
      answering('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    );
    await assertUnreachable(client().send(request(server.origin)), true, 'ECONNRESET');
  });

  const packed = 'content-encoding: gzip\r\n';
  const empty: Record<string, { method?: 'HEAD'; answer: string }> = {
    'a 204': { answer: `HTTP/1.1 204 No Content\r\n${packed}\r\n` },
    'a 304': { answer: `HTTP/1.1 304 Not Modified\r\n${packed}content-length: 40\r\n\r\n` },
    'a HEAD': { method: 'HEAD', answer: `HTTP/1.1 200 OK\r\n${packed}content-length: 40\r\n\r\n` },
    'an empty 200': { answer: `HTTP/1.1 200 OK\r\n${packed}content-length: 0\r\n\r\n` },
  };
  for (const [name, { method, answer }] of Object.entries(empty)) {
    it(`unpacks nothing of ${name}, and keeps its connection`, async () => {
      const server = await raw(answering(answer));
      const pooled = client();
      const asked = { ...request(server.origin), ...(method && { method, body: undefined }) };
      for (let times = 0; times < 2; times += 1) {
        const { body, headers } = await pooled.send(asked);
        assert.deepEqual({ body, length: headers['content-length'] }, { body: '', length: undefined });
      }
      assert.equal(server.connections(), 1);
    });
  }

  it('fails when the packed body is not whole, although the connection says it is', async () => {
    const half = gzipSync('a text that is cut in the middle').subarray(0, 25);
    const head = Buffer.from(`HTTP/1.1 200 OK\r\n${packed}content-length: ${half.length}\r\n\r\n`);
    const server = await raw(answering(Buffer.concat([head, half])));
    await assertUnreachable(client().send(request(server.origin)), true);
  });

  it('hands out an unknown packing as it is, by its name', async () => {
    const server = await raw(
      answering('HTTP/1.1 200 OK\r\ncontent-encoding: aws-chunked\r\ncontent-length: 2\r\n\r\nok'),
    );
    const { body, headers } = await client().send(request(server.origin));
    assert.deepEqual([body, headers['content-encoding']], ['ok', 'aws-chunked']);
  });

  it('reaches a host that is named by an address of IPv6', async () => {
    const server = createServer((asked, response) => response.end(asked.headers.host));
    trial.stopAfterwards(() => void server.close());
    server.listen(0, '::1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const host = `[::1]:${address.port}`;
    const { body } = await client().send({ method: 'GET', url: new URL(`http://${host}/`) });
    assert.equal(body, host);
  });

  it('closes the connection of an answer that is too large, or that nobody wants any more', async () => {
    const sockets: Socket[] = [];
    const server = await raw((socket) => {
      sockets.push(socket);
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\nsome of it'));
    });
    await assertUnreachable(
      client().send({ ...request(server.origin), maxResponseBytes: 5 }),
      true,
      'TOO_LARGE',
    );
    const stop = new AbortController();
    const attempt = failureOf(client().send({ ...request(server.origin), signal: stop.signal }));
    await waitUntil(() => sockets.length === 2 && sockets[1]?.bytesWritten !== 0);
    stop.abort();
    assert.ok((await attempt) instanceof CancelledError);
    await waitUntil(() => sockets.every((socket) => socket.destroyed));
  });

  it('is cancelled while the connection is not there yet', async () => {
    let askedFor = 0;
    const resolve = (): Promise<never> => {
      askedFor += 1;
      return new Promise(() => undefined);
    };
    const stop = new AbortController();
    const asked = { ...request('https://portal.example'), signal: stop.signal };
    const attempt = failureOf(client({ resolve }).send(asked));
    await waitUntil(() => askedFor === 1);
    stop.abort();
    assert.ok((await attempt) instanceof CancelledError);
  });

  it('leaves nothing behind at a connection that is used again and again', async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    trial.stopAfterwards(() => void process.off('warning', note));
    const server = await raw(answering('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
    const pooled = client();
    const stop = new AbortController();
    for (let times = 0; times < 30; times += 1) {
      await pooled.send({ ...request(server.origin), signal: stop.signal });
    }
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([warnings, server.connections()], [[], 1]);
  });

  it('ends by itself only the requests of the client that is closed', async () => {
    const { origin, hasRequest } = await silentServer();
    const other = await raw(answering('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
    const [closing, staying] = [client(), client()];
    const attempt = failureOf(closing.send(request(origin)));
    await hasRequest;
    closing.close();
    assert.ok((await attempt) instanceof CancelledError);
    assert.equal((await staying.send(request(other.origin))).body, 'ok');
  });
});

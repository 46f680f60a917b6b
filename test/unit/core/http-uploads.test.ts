import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { InvalidError } from '../../../lib/core/errors';
import { assertUnreachable, failureOf, httpTrial, request, waitUntil } from './http-trial';

describe('HTTP client: streamed bodies', () => {
  const trial = httpTrial();
  const { client, raw } = trial;

  /** A server that counts what it is sent and answers when it is told to. */
  async function countingServer(): Promise<{
    origin: string;
    received: () => number;
    answer: (text: string) => void;
    closed: () => boolean;
  }> {
    let peer: Socket | undefined;
    let received = 0;
    let closed = false;
    const { origin } = await raw((socket) => {
      peer = socket;
      socket.on('data', (piece: Buffer) => (received += piece.length));
      socket.once('close', () => (closed = true));
    });
    return { origin, received: () => received, answer: (text) => peer?.write(text), closed: () => closed };
  }

  const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

  it('have their time limit counted from the last piece that got away', async () => {
    const server = await countingServer();
    const body = new PassThrough();
    const sending = client().send({ ...request(server.origin), body, timeoutMs: 1000 });
    for (let round = 0; round < 5; round += 1) {
      const before = server.received();
      body.write('piece');
      await waitUntil(() => server.received() > before);
      await trial.clock.advance(750);
    }
    body.end('last');
    await waitUntil(() => body.readableEnded);
    server.answer(ok);
    assert.equal((await sending).body, 'ok');
  });

  it('fail when nothing gets away for too long, and are given back', async () => {
    const server = await countingServer();
    const body = new PassThrough();
    const sending = client().send({ ...request(server.origin), body, timeoutMs: 1000 });
    const failed = assertUnreachable(sending, true, 'ETIMEDOUT');
    body.write('piece');
    await waitUntil(() => server.received() > 0);
    await trial.clock.advance(1500);
    await failed;
    assert.ok(body.destroyed);
  });

  it('are left, with their connection, when the answer comes before their end', async () => {
    const server = await countingServer();
    const body = new PassThrough();
    const sending = client().send({ ...request(server.origin), body });
    body.write('piece');
    await waitUntil(() => server.received() > 0);
    server.answer(ok);
    assert.equal((await sending).body, 'ok');
    assert.ok(body.destroyed);
    await waitUntil(() => server.closed());
  });

  it('say themselves what was wrong with them', async () => {
    const server = await countingServer();
    const reason = new InvalidError('INPUT_INVALID', 'the file is gone');
    const body = Readable.from(
      (async function* () {
        yield 'a piece';
        await waitUntil(() => server.received() > 0);
        throw reason;
      })(),
    );
    assert.equal(await failureOf(client().send({ ...request(server.origin), body })), reason);
    await waitUntil(() => server.closed());
  });

  it('are given back when their sending is cancelled', async () => {
    const server = await countingServer();
    const body = new PassThrough();
    const stop = new AbortController();
    const closed = once(body, 'close');
    const failed = failureOf(client().send({ ...request(server.origin), body, signal: stop.signal }));
    body.write('piece');
    await waitUntil(() => server.received() > 0);
    stop.abort();
    await failed;
    await closed;
    await waitUntil(() => server.closed());
  });
});

import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { assertUnreachable, httpTrial, request, waitUntil } from './http-trial';
import { makeIdentity, startHttps } from './loopback';

/** Listens and never accepts, because its thread sleeps. What the backlog has room for is connected all the same. */
const sleepingListener = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;
const moreThanTheBacklog = 8;

describe('HTTP client: the limit for connecting', () => {
  const trial = httpTrial();
  const { client, raw } = trial;
  const connecting = (origin: string) => ({ ...request(origin), connectMs: 5000, timeoutMs: 60_000 });

  async function assertLate(attempt: Promise<unknown>): Promise<void> {
    const failed = assertUnreachable(attempt, false, 'CONNECT_TIMEOUT');
    await trial.clock.advance(4999);
    assert.equal(trial.clock.pending(), 1);
    await trial.clock.advance(1);
    await failed;
  }

  it('ends a look-up without an answer', async () => {
    let hasAsked = false;
    const resolve = (): Promise<never> => {
      hasAsked = true;
      return new Promise(() => undefined);
    };
    const attempt = client({ resolve }).send(connecting('https://portal.example'));
    await waitUntil(() => hasAsked);
    await assertLate(attempt);
  });

  it('ends a connection that nobody accepts', async () => {
    const worker = new Worker(sleepingListener, { eval: true });
    trial.stopAfterwards(async () => void (await worker.terminate()));
    const port = await new Promise((resolve) => worker.once('message', resolve));
    assert.ok(typeof port === 'number');
    for (let count = 0; count < moreThanTheBacklog; count += 1) {
      const filler = connect(port, '127.0.0.1').on('error', () => undefined);
      trial.stopAfterwards(() => void filler.destroy());
    }
    await assertLate(client().send(connecting(`http://127.0.0.1:${port}`)));
  });

  it('ends a TLS handshake without an answer, also of an upload', async () => {
    const server = await raw(() => undefined);
    const origin = server.origin.replace('http:', 'https:');
    for (const body of ['text', Readable.from(['piece'])]) {
      const before = server.connections();
      const attempt = client().stream({ ...connecting(origin), body });
      await waitUntil(() => server.connections() > before);
      await assertLate(attempt);
    }
  });

  it('leaves an answer its own time, counted from the connection on', async function () {
    let found: (addresses: LookupAddress[]) => void = () => undefined;
    let hasAsked = false;
    const resolve = (): Promise<LookupAddress[]> => {
      hasAsked = true;
      return new Promise((done) => (found = done));
    };
    const identity = makeIdentity('DNS:portal.example');
    let requests = 0;
    const server = await startHttps(identity, () => (requests += 1));
    trial.stopAfterwards(() => server.stop());
    const policy = { origin: 'configured', allowPrivateNetwork: true } as const;
    const attempt = client({ resolve, policy, ca: identity.cert }).send({
      ...connecting(`https://portal.example:${server.port}`),
      timeoutMs: 2000,
    });
    const failed = assertUnreachable(attempt, true, 'ETIMEDOUT');
    await waitUntil(() => hasAsked);
    await trial.clock.advance(4000);
    found([{ address: '127.0.0.1', family: 4 }]);
    await waitUntil(() => requests === 1);
    await trial.clock.advance(1999);
    assert.equal(trial.clock.pending(), 1);
    await trial.clock.advance(1);
    await failed;
  });

  it('is none for a pooled connection, whose answer has its own time', async () => {
    const replies: (() => void)[] = [];
    const server = await raw((socket) => {
      socket.on('data', () =>
        replies.push(() => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')),
      );
    });
    const pooled = client();
    const first = pooled.send(connecting(server.origin));
    await waitUntil(() => replies.length === 1);
    replies[0]?.();
    assert.equal((await first).status, 200);
    const second = pooled.send(connecting(server.origin));
    await waitUntil(() => replies.length === 2);
    await trial.clock.advance(30_000);
    replies[1]?.();
    assert.equal((await second).body, 'ok');
    assert.equal(server.connections(), 1);
  });

  it('ends no stream that is under way', async () => {
    let finish = (): void => undefined;
    const server = await raw((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab'));
      finish = () => void socket.write('cd');
    });
    const { body } = await client().stream(connecting(server.origin));
    await trial.clock.advance(20_000);
    finish();
    assert.equal(await text(body), 'abcd');
  });
});

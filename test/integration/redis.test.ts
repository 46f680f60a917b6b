import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import Redis from 'ioredis';
import { startRedis, type RedisOptions, type RedisServer } from '../support/redis';

const sessionKey = 'bitbot:member-1:7:chat42';

describe('the Redis of the integration tests', () => {
  const servers: RedisServer[] = [];
  const clients: Redis[] = [];

  async function start(options?: RedisOptions): Promise<RedisServer> {
    const server = await startRedis(options);
    servers.push(server);
    return server;
  }

  function connect(url: string): Redis {
    const client = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
    // Without a listener ioredis writes every lost connection to the console.
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  }

  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  it("keeps BitBot's session key with its day to live", async () => {
    const client = connect((await start()).url);
    await client.set(sessionKey, 'conversation-9', 'EX', 86400);
    assert.equal(await client.get(sessionKey), 'conversation-9');
    const secondsLeft = await client.ttl(sessionKey);
    assert.ok(secondsLeft > 86000 && secondsLeft <= 86400, `ttl is ${secondsLeft}`);
  });

  it('gives two servers two ports and two memories', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    await connect(first.url).set(sessionKey, 'first');
    assert.notEqual(first.port, second.port);
    assert.equal(await connect(second.url).get(sessionKey), null);
  });

  it('is empty after a restart, on the same port', async () => {
    const server = await start();
    await connect(server.url).set(sessionKey, 'conversation-9');
    await server.restart();
    assert.equal(await connect(server.url).get(sessionKey), null);
  });

  it('keeps what was written before a power cut, when asked to', async () => {
    const server = await start({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    await connect(server.url).set(sessionKey, 'conversation-9');
    await server.kill9();
    await assert.rejects(connect(server.url).get(sessionKey), /Connection is closed|ECONNREFUSED/);
    await server.restart();
    assert.equal(await connect(server.url).get(sessionKey), 'conversation-9');
  });

  it('asks for its password', async () => {
    const server = await start({ password: 'p@ss word' });
    await assert.rejects(connect(`redis://127.0.0.1:${server.port}`).get(sessionKey), /NOAUTH/);
    assert.equal(await connect(server.url).get(sessionKey), null);
  });

  it('frees its port when stopped', async () => {
    const server = await start();
    await server.stop();
    const successor = createServer().listen(server.port, '127.0.0.1');
    await once(successor, 'listening');
    successor.close();
    await once(successor, 'close');
  });

  it('says why it cannot start', async () => {
    await assert.rejects(
      startRedis({ args: ['--no-such-option', '1'] }),
      /ended at once[\s\S]*no-such-option/,
    );
  });
});

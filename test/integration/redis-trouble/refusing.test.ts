import type Redis from 'ioredis';
import { startRedis, type RedisServer } from '../../support/redis';
import { lookInto } from '../store/redis-bench';
import { assertPromise, useTrouble } from './use-trouble';

const password = 'marker-password-4711';

describe('two Node-RED whose Redis refuses: it', function () {
  let server: RedisServer;
  let redis: Redis;

  before(async () => {
    server = await startRedis({ password, args: ['--appendonly', 'yes'] });
    redis = lookInto(server.url);
  });
  const live = useTrouble(() => server.url);
  after(async () => {
    redis.disconnect();
    await server.stop();
  });

  const closeConnections = (): Promise<unknown> =>
    redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');

  it('is full, and nothing is lost or out of order', async () => {
    const limit = (bytes: string) => (): Promise<unknown> => redis.config('SET', 'maxmemory', bytes);
    assertPromise(await live({ name: 'full (noeviction) 2.5 s', begin: limit('1'), end: limit('0') }));
  });

  it('has become a replica, and nothing is lost or out of order', async () => {
    const begin = (): Promise<unknown> => redis.replicaof('127.0.0.1', 1);
    const end = (): Promise<unknown> => redis.replicaof('NO', 'ONE');
    assertPromise(await live({ name: 'read-only (REPLICAOF) 2.5 s', begin, end }));
  });

  it('has another password for a while, and nothing is lost or out of order', async () => {
    const begin = async (): Promise<void> => {
      await redis.config('SET', 'requirepass', 'another');
      await closeConnections();
    };
    const end = (): Promise<unknown> => redis.config('SET', 'requirepass', password);
    assertPromise(await live({ name: 'another password 2.5 s', begin, end }));
  });

  it('closes all connections again and again, and nothing is lost or out of order', async () => {
    const begin = async (): Promise<void> => {
      await closeConnections();
      await new Promise((resolve) => setTimeout(resolve, 700));
      await closeConnections();
    };
    assertPromise(
      await live({ name: 'CLIENT KILL three times', begin, end: closeConnections, lastsMs: 700 }),
    );
  });
});

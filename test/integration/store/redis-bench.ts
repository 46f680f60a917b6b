import Redis from 'ioredis';
import { parseRedisAddress } from '../../../lib/store/redis/address';
import {
  openRedisStore,
  type RedisStore,
  type RedisStoreOptions,
} from '../../../lib/store/redis/redis-store';
import { startRedis, type RedisServer } from '../../support/redis';

/** Taken as it is: words would be made into a key each time a store is opened, which is slow on purpose. */
export const redisKey = Buffer.alloc(32, 'k').toString('base64');

/** A machine with much else to do keeps Redis waiting; whatever runs into a limit here says so itself. */
export const patient = { commandMs: 10_000, connectMs: 20_000, probeMs: 20 } as const;

export function openOn(url: string, options: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
  return openRedisStore({
    address: parseRedisAddress(url),
    keyPrefix: 'bitbot',
    encryptionKey: redisKey,
    ...patient,
    ...options,
  });
}

/** Another program at the same Redis. */
export function lookInto(url: string): Redis {
  const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => 20 });
  // Without a listener ioredis writes every lost connection to the console.
  client.on('error', () => undefined);
  return client;
}

/**
 * Has time pass for what Redis ends by its own clock, which nobody can set: each time to live gets that much shorter.
 * What the store reckons itself goes by the server's clock and the store's `shiftMs`.
 */
export async function ageKeys(client: Redis, ms: number): Promise<void> {
  for (const key of await client.keysBuffer('*')) {
    const left = await client.pttl(key);
    if (left > ms) await client.pexpire(key, left - ms);
    else if (left >= 0) await client.del(key);
  }
}

export interface RedisHouse {
  server(): RedisServer;
  url(): string;
  client(): Redis;
  open(options?: Partial<RedisStoreOptions>): Promise<RedisStore>;
}

/** A server for the tests of one `describe`, emptied before each, whose stores are closed after each. */
export function useRedis(args: string[] = []): RedisHouse {
  let server: RedisServer | undefined;
  let client: Redis | undefined;
  const stores: RedisStore[] = [];
  const started = (): RedisServer => {
    if (!server) throw new Error('the server is not started');
    return server;
  };
  const house: RedisHouse = {
    server: started,
    url: () => started().url,
    client: () => (client ??= lookInto(started().url)),
    async open(options) {
      const store = await openOn(started().url, options);
      stores.push(store);
      return store;
    },
  };
  before(async () => {
    server = await startRedis({ args });
  });
  beforeEach(async () => {
    await house.client().flushall();
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });
  after(async () => {
    client?.disconnect();
    await server?.stop();
  });
  return house;
}

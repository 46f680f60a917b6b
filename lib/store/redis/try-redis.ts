import { randomUUID } from 'node:crypto';
import { backgroundClock } from '../background-clock';
import { keyFromText } from '../key-text';
import { createRedisClient } from './client';
import { asText } from './replies';
import type { RedisPlace } from './held-redis';
import { fits } from './key-record';
import { createLink } from './link';
import { createNames } from './names';
import { askServer, type ServerFacts } from './server-facts';

export interface RedisTrial {
  facts: ServerFacts;
  /** How long a small write took, there and back. */
  writeMs: number;
  /** Whether what is there is sealed with another encryption key. */
  isKeyForeign: boolean;
}

const limits = { connectMs: 5000, commandMs: 3000 };

/** Whether a store could live there, without opening one and without leaving anything behind. */
export async function tryRedis(
  { address, keyPrefix }: RedisPlace,
  encryptionKey: string,
): Promise<RedisTrial> {
  const names = createNames(keyPrefix);
  const probeKey = `${names.probe}:${randomUUID()}`;
  const link = createLink({
    ...{
      client: await createRedisClient(address, limits),
      clock: backgroundClock,
      probeKey,
      probeMs: 1000,
      connectMs: limits.connectMs,
    },
    onChange: () => undefined,
    onConnected: () => Promise.resolve(),
  });
  try {
    await link.connect();
    const facts = await askServer(link);
    const start = performance.now();
    await link.call('DEL', probeKey);
    const writeMs = performance.now() - start;
    const sealedKeys = asText(await link.call('GET', names.keys));
    const isKeyForeign = sealedKeys !== undefined && !fits(await keyFromText(encryptionKey), sealedKeys);
    return { facts, writeMs, isKeyForeign };
  } finally {
    await link.close();
  }
}

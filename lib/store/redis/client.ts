import type { Cluster, Redis } from 'ioredis';
import type { RedisAddress } from './address';

export type RedisClient = Redis | Cluster;

export interface ClientLimits {
  connectMs: number;
  /** A server that is silent must not hold up a flow. */
  commandMs: number;
}

/** Soon, then more and more seldom, and not all at the same time after an outage. */
const pause = (times: number): number =>
  Math.min(100 * 2 ** Math.min(times, 5), 600) * (0.75 + Math.random() / 2);

/** Not connected yet. Nothing waits inside of it for a better time, and nothing is sent twice. */
export function createRedisClient(address: RedisAddress, limits: ClientLimits): Promise<RedisClient> {
  return create(address, limits, {
    commandTimeout: limits.commandMs,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    ...{ lazyConnect: true, enableOfflineQueue: false },
  });
}

/** The opposite: connects at once and for as long as it takes, and keeps whatever it is told until then. */
export function createPatientClient(address: RedisAddress, limits: ClientLimits): Promise<RedisClient> {
  const patience = { lazyConnect: false, enableOfflineQueue: true };
  return create(address, limits, {
    ...{ autoResendUnfulfilledCommands: true, maxRetriesPerRequest: null },
    ...patience,
  });
}

interface Manner {
  commandTimeout?: number;
  autoResendUnfulfilledCommands: boolean;
  maxRetriesPerRequest: number | null;
  lazyConnect: boolean;
  enableOfflineQueue: boolean;
}

async function create(address: RedisAddress, limits: ClientLimits, manner: Manner): Promise<RedisClient> {
  // Only who wants a Redis loads its client.
  const { Cluster, Redis } = await import('ioredis');
  const { lazyConnect, enableOfflineQueue, ...perNode } = manner;
  const waiting = { lazyConnect, enableOfflineQueue };
  const options = { ...optionsOf(address, limits), ...perNode };
  const [first] = address.hosts;
  switch (address.kind) {
    case 'single':
      return new Redis({ ...options, ...waiting, ...first, db: address.db, retryStrategy: pause });
    case 'sentinel':
      return new Redis({
        ...options,
        ...waiting,
        sentinels: [...address.hosts],
        name: address.master ?? '',
        ...(address.isTls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
        ...(address.sentinelPassword !== undefined && { sentinelPassword: address.sentinelPassword }),
        sentinelCommandTimeout: limits.commandMs,
        sentinelRetryStrategy: pause,
        db: address.db,
        retryStrategy: pause,
      });
    case 'cluster':
      return new Cluster([...address.hosts], {
        ...waiting,
        redisOptions: options,
        clusterRetryStrategy: pause,
        slotsRefreshTimeout: limits.commandMs,
      });
  }
}

function optionsOf({ username, password, isTls }: RedisAddress, limits: ClientLimits) {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(isTls && { tls: {} }),
    connectTimeout: limits.connectMs,
    connectionName: 'bitlane',
    // Every server and every proxy in between speaks this one.
    protocol: 2 as const,
    disableClientInfo: true,
    // After a failover the old address may be that of a replica.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  };
}

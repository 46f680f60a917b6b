import { resolve } from 'node:path';
import { longestTimerMs, startTimer, type Clock } from '../core/clock';
import { CancelledError, InvalidError } from '../core/errors';
import { backgroundClock } from './background-clock';
import { openEmbeddedStore, type EmbeddedStoreOptions } from './embedded-store';
import { diskFiles } from './files';
import { folderKind } from './folder-kind';
import { createHeldFolder, type HeldFolder, type HeldFolderOptions } from './held-folder';
import type { HeldStore } from './held-store';
import { assertUsableKey } from './key-text';
import type { StoreOffer } from './offer';
import { createHeldRedis, type HeldRedis, type HeldRedisOptions, type RedisPlace } from './redis/held-redis';
import { openRedisStore, type RedisStoreOptions } from './redis/redis-store';
import type { Store } from './store';

/** Files in a folder. */
export interface FolderWish {
  folder: string;
  /** The key that a person has chosen, as text. Without it the key is made on first use. */
  encryptionKey?: string | undefined;
}

export interface RedisWish {
  redis: RedisPlace;
  /** Never made by itself: beside what it seals it would protect nothing. */
  encryptionKey: string;
}

export type StoreWish = FolderWish | RedisWish;

export interface StoreLease extends Pick<StoreOffer, 'source' | 'onState'> {
  /**
   * Resolves when all that was written is on disk. The store stays open for a moment: after a deploy somebody leases
   * it again, and flows that are still under way go on using it.
   */
  release: () => Promise<void>;
}

export interface StoreLeases {
  /** Throws CONFIG_INVALID for a key that cannot be used, or that is not the one of those who use the place already. */
  lease(wish: StoreWish): StoreLease;
  /** The folder, while this process holds it. */
  find(folder: string): HeldFolder | undefined;
  /** The same of a Redis. */
  findRedis(place: RedisPlace): HeldRedis | undefined;
}

export interface StoreLeasesOptions extends Partial<
  Pick<HeldFolderOptions, 'files' | 'monotonic' | 'open' | 'judge' | 'retryMs'>
> {
  clock?: Clock;
  openRedis?: HeldRedisOptions['open'];
  /** How long a store stays open that nobody uses. */
  lingerMs?: number;
  /** Has something done as the process ends, until the function that comes back is called. */
  atExit?: (act: () => void) => () => void;
}

/** One of the two. */
interface Held {
  folder?: HeldFolder;
  redis?: HeldRedis;
}

interface Tenancy extends Held {
  held: HeldStore;
  /** Who uses it, and the key that each has chosen. */
  tenants: Map<StoreLease, string | undefined>;
  cancelEnd: () => void;
}

const defaults = {
  files: diskFiles,
  monotonic: () => performance.now(),
  open: (options: EmbeddedStoreOptions) => holdingProcess(openEmbeddedStore(options)),
  judge: (folder: string) => folderKind(folder),
  openRedis: (options: RedisStoreOptions) => holdingProcess(openRedisStore(options)),
  retryMs: 5000,
  clock: backgroundClock,
  lingerMs: 2000,
  atExit: atExitOfProcess,
};

/** One process, one open store a folder or a Redis, however many nodes use it. */
export function createStoreLeases(given: StoreLeasesOptions = {}): StoreLeases {
  const { lingerMs, atExit, ...options } = { ...defaults, ...given };
  const tenancies = new Map<string, Tenancy>();
  const closings = new Map<string, Promise<void>>();
  let stopWatchingExit: (() => void) | undefined;

  const hold = (wish: StoreWish): Held & { held: HeldStore } => {
    const earlier = closings.get(placeOf(wish));
    if ('redis' in wish) {
      const redis = createHeldRedis({ ...options, open: options.openRedis, place: wish.redis, earlier });
      return { held: redis, redis };
    }
    const folder = createHeldFolder({ ...options, folder: resolve(wish.folder), earlier });
    return { held: folder, folder };
  };

  const begin = (wish: StoreWish): Tenancy => {
    const tenancy = { ...hold(wish), tenants: new Map(), cancelEnd: () => undefined };
    tenancies.set(placeOf(wish), tenancy);
    stopWatchingExit ??= atExit(letGoOfUnused);
    return tenancy;
  };

  const end = (place: string, tenancy: Tenancy): void => {
    tenancies.delete(place);
    const closing = tenancy.held.close().finally(() => {
      if (closings.get(place) === closing) closings.delete(place);
    });
    closings.set(place, closing);
    closing.catch(() => undefined);
    if (tenancies.size > 0) return;
    stopWatchingExit?.();
    stopWatchingExit = undefined;
  };

  /** After an orderly end the next process has nothing to take over. */
  const letGoOfUnused = (): void => {
    for (const { held, tenants } of tenancies.values()) if (tenants.size === 0) held.letGoNow();
  };

  const leave = async (place: string, lease: StoreLease): Promise<void> => {
    const tenancy = tenancies.get(place);
    if (!tenancy?.tenants.delete(lease)) return;
    if (tenancy.tenants.size > 0) return chooseKey(tenancy);
    tenancy.cancelEnd = startTimer(options.clock, lingerMs, () => end(place, tenancy));
    // A broken disk is told by other means, and what could not be written is written when it is back.
    await tenancy.held.flush().catch(() => undefined);
  };

  return {
    lease(wish) {
      const place = placeOf(wish);
      const { encryptionKey } = wish;
      if (encryptionKey !== undefined) assertUsableKey(encryptionKey);
      const known = tenancies.get(place);
      if (known) assertSameKey(known, encryptionKey, wish);
      const tenancy = known ?? begin(wish);
      tenancy.cancelEnd();
      const listening: (() => void)[] = [];
      const lease: StoreLease = {
        source: () => sourceNow(tenancies, place),
        onState(listener) {
          const stop = tenancy.held.onCondition(listener);
          listening.push(stop);
          return stop;
        },
        async release() {
          for (const stop of listening) stop();
          await leave(place, lease);
        },
      };
      tenancy.tenants.set(lease, encryptionKey);
      chooseKey(tenancy);
      return lease;
    },
    find: (folder) => tenancies.get(placeOf({ folder }))?.folder,
    findRedis: (redis) => tenancies.get(redisPlaceText(redis))?.redis,
  };
}

/** Looked up at every use: who has released the store may go on with it while somebody else keeps it open. */
function sourceNow(tenancies: Map<string, Tenancy>, place: string): Promise<Store> {
  const tenancy = tenancies.get(place);
  return tenancy ? tenancy.held.source() : Promise.reject(new CancelledError('the store is closed'));
}

const placeOf = (wish: StoreWish): string =>
  'redis' in wish ? redisPlaceText(wish.redis) : resolve(wish.folder);

/** No path is like that. It holds the password, and stays inside. */
const redisPlaceText = ({ address, keyPrefix }: RedisPlace): string => JSON.stringify([address, keyPrefix]);

const keysOf = ({ tenants }: Tenancy): string[] => [...tenants.values()].filter((key) => key !== undefined);

function chooseKey(tenancy: Tenancy): void {
  tenancy.held.wantKey(keysOf(tenancy)[0]);
}

function assertSameKey(tenancy: Tenancy, key: string | undefined, wish: StoreWish): void {
  if (key === undefined || keysOf(tenancy).every((other) => other === key)) return;
  const shown = 'redis' in wish ? wish.redis.address.label : resolve(wish.folder);
  throw new InvalidError('CONFIG_INVALID', 'another node uses this store with another key', {
    params: { property: 'encryptionKey', expected: `= ${shown}`, why: 'otherKey' },
  });
}

/** The clock of the housekeeping holds no process, but nobody who waits for a store wants to end before it is open. */
async function holdingProcess<T>(opening: Promise<T>): Promise<T> {
  const hold = setInterval(() => undefined, longestTimerMs);
  try {
    return await opening;
  } finally {
    clearInterval(hold);
  }
}

function atExitOfProcess(act: () => void): () => void {
  process.once('exit', act);
  return () => void process.off('exit', act);
}

import { asList, asNumber } from './replies';
import type { RedisLink } from './link';
import { redisUnavailable } from './reasons';

/**
 * What `durable` means here. Where the server can tell (7.2 and newer, with its journal on and synced each second), we
 * wait until it has; otherwise a reply is as good as the server's own settings make it.
 */
export interface Durability {
  /** Resolves when all that was acknowledged before would survive a power cut. */
  wait(): Promise<void>;
  /** Whether something of this time, by the server's clock, may still be lost. */
  isOpen(at: number): boolean;
}

export const durabilityOfServer: Durability = { wait: () => Promise.resolve(), isOpen: () => false };

interface SyncOptions {
  /** A connection of its own: it stands still while it waits. */
  link: () => Promise<RedisLink>;
  /** Something to write: the server counts from the last write of the connection that asks. */
  key: string;
  shiftMs: () => number;
  waitMs: number;
}

/** All who come while one round is under way share the next one. */
export function createSyncedDurability({ link, key, shiftMs, waitMs }: SyncOptions): Durability {
  let syncedUntil = 0;
  let running: Promise<void> | undefined;
  let following: Promise<void> | undefined;

  const round = async (): Promise<void> => {
    const open = await link();
    const [seconds, micros] = asList(await open.call('TIME'));
    const start = asNumber(seconds) * 1000 + Math.floor(asNumber(micros) / 1000) + shiftMs();
    await open.call('SET', key, '1', 'PX', 60_000);
    const [synced] = asList(await open.call('WAITAOF', 1, 0, waitMs));
    if (asNumber(synced) < 1) throw redisUnavailable('WAITAOF', true);
    syncedUntil = Math.max(syncedUntil, start);
  };

  const begin = (): Promise<void> => {
    const own = round().finally(() => {
      if (running === own) running = undefined;
    });
    running = own;
    return own;
  };

  return {
    wait() {
      if (!running) return begin();
      following ??= running
        .catch(() => undefined)
        .then(() => {
          following = undefined;
          return begin();
        });
      return following;
    },
    isOpen: (at) => at >= syncedUntil,
  };
}

import { resolve } from 'node:path';
import { longestTimerMs, startTimer, type Clock } from '../core/clock';
import { CancelledError, InvalidError } from '../core/errors';
import { backgroundClock } from './background-clock';
import { openEmbeddedStore, type EmbeddedStore, type EmbeddedStoreOptions } from './embedded-store';
import { diskFiles } from './files';
import { createHeldFolder, type HeldFolder, type HeldFolderOptions } from './held-folder';
import { assertUsableKey } from './key-text';
import type { StoreOffer } from './offer';

export interface StoreWish {
  folder: string;
  /** The key that a person has chosen, as text. Without it the key is made on first use. */
  encryptionKey?: string | undefined;
}

export interface StoreLease extends Pick<StoreOffer, 'source' | 'onState'> {
  /**
   * Resolves when all that was written is on disk. The store stays open for a moment: after a deploy somebody leases
   * it again, and flows that are still under way go on using it.
   */
  release: () => Promise<void>;
}

export interface StoreLeases {
  /** Throws CONFIG_INVALID for a key that cannot be used, or that is not the one of those who use the folder already. */
  lease(wish: StoreWish): StoreLease;
  /** The folder, while this process holds it. */
  find(folder: string): HeldFolder | undefined;
}

export interface StoreLeasesOptions extends Partial<
  Pick<HeldFolderOptions, 'files' | 'monotonic' | 'open' | 'retryMs'>
> {
  clock?: Clock;
  /** How long a folder stays open that nobody uses. */
  lingerMs?: number;
  /** Has something done as the process ends, until the function that comes back is called. */
  atExit?: (act: () => void) => () => void;
}

interface Tenancy {
  held: HeldFolder;
  /** Who uses it, and the key that each has chosen. */
  tenants: Map<StoreLease, string | undefined>;
  cancelEnd: () => void;
}

const defaults = {
  files: diskFiles,
  monotonic: () => performance.now(),
  open: openHoldingProcess,
  retryMs: 5000,
  clock: backgroundClock,
  lingerMs: 2000,
  atExit: atExitOfProcess,
};

/** One process, one open store a folder, however many nodes use it. */
export function createStoreLeases(given: StoreLeasesOptions = {}): StoreLeases {
  const { lingerMs, atExit, ...options } = { ...defaults, ...given };
  const tenancies = new Map<string, Tenancy>();
  const closings = new Map<string, Promise<void>>();
  let stopWatchingExit: (() => void) | undefined;

  const begin = (folder: string): Tenancy => {
    const held = createHeldFolder({ ...options, folder, earlier: closings.get(folder) });
    const tenancy = { held, tenants: new Map(), cancelEnd: () => undefined };
    tenancies.set(folder, tenancy);
    stopWatchingExit ??= atExit(letGoOfUnused);
    return tenancy;
  };

  const end = (folder: string, tenancy: Tenancy): void => {
    tenancies.delete(folder);
    const closing = tenancy.held.close().finally(() => {
      if (closings.get(folder) === closing) closings.delete(folder);
    });
    closings.set(folder, closing);
    closing.catch(() => undefined);
    if (tenancies.size > 0) return;
    stopWatchingExit?.();
    stopWatchingExit = undefined;
  };

  /** After an orderly end the next process has nothing to take over. */
  const letGoOfUnused = (): void => {
    for (const { held, tenants } of tenancies.values()) if (tenants.size === 0) held.letGoNow();
  };

  const leave = async (folder: string, lease: StoreLease): Promise<void> => {
    const tenancy = tenancies.get(folder);
    if (!tenancy?.tenants.delete(lease)) return;
    if (tenancy.tenants.size > 0) return chooseKey(tenancy);
    tenancy.cancelEnd = startTimer(options.clock, lingerMs, () => end(folder, tenancy));
    // A broken disk is told by other means, and what could not be written is written when it is back.
    await tenancy.held.flush().catch(() => undefined);
  };

  return {
    lease({ folder: written, encryptionKey }) {
      const folder = resolve(written);
      if (encryptionKey !== undefined) assertUsableKey(encryptionKey);
      const known = tenancies.get(folder);
      if (known) assertSameKey(known, encryptionKey, folder);
      const tenancy = known ?? begin(folder);
      tenancy.cancelEnd();
      const listening: (() => void)[] = [];
      const lease: StoreLease = {
        source: async () => heldNow(tenancies, folder).source(),
        onState(listener) {
          const stop = tenancy.held.onCondition(listener);
          listening.push(stop);
          return stop;
        },
        async release() {
          for (const stop of listening) stop();
          await leave(folder, lease);
        },
      };
      tenancy.tenants.set(lease, encryptionKey);
      chooseKey(tenancy);
      return lease;
    },
    find: (folder) => tenancies.get(resolve(folder))?.held,
  };
}

/** Looked up at every use: who has released the store may go on with it while somebody else keeps it open. */
function heldNow(tenancies: Map<string, Tenancy>, folder: string): HeldFolder {
  const tenancy = tenancies.get(folder);
  if (tenancy) return tenancy.held;
  throw new CancelledError('the store is closed');
}

const keysOf = ({ tenants }: Tenancy): string[] => [...tenants.values()].filter((key) => key !== undefined);

function chooseKey(tenancy: Tenancy): void {
  tenancy.held.wantKey(keysOf(tenancy)[0]);
}

function assertSameKey(tenancy: Tenancy, key: string | undefined, folder: string): void {
  if (key === undefined || keysOf(tenancy).every((other) => other === key)) return;
  throw new InvalidError('CONFIG_INVALID', 'another node uses this folder with another key', {
    params: { property: 'encryptionKey', expected: `= ${folder}`, why: 'otherKey' },
  });
}

/** The clock of the housekeeping holds no process, but nobody who waits for a store wants to end before it is open. */
async function openHoldingProcess(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const hold = setInterval(() => undefined, longestTimerMs);
  try {
    return await openEmbeddedStore(options);
  } finally {
    clearInterval(hold);
  }
}

function atExitOfProcess(act: () => void): () => void {
  process.once('exit', act);
  return () => void process.off('exit', act);
}

import { systemClock, type Clock } from '../core/clock';
import { CancelledError } from '../core/errors';
import { createEntryOperations } from './entries';
import { createLocalHolds } from './holds';
import { createLocalWakes } from './local-wakes';
import type { Desk, Ledger } from './ledger';
import { countAll, createOverview } from './overview';
import { createQueueOperations } from './queues';
import { createState, type StoreState } from './state';
import type { Store } from './store';
import { createStoreTime } from './store-time';

export interface MemoryStoreOptions {
  clock?: Clock;
  /** Milliseconds that are never set back. */
  monotonic?: () => number;
  /** Kept outside, the content outlives `close`, as a disk would. */
  state?: StoreState;
}

/** The store without a disk, for tests and for flows that may forget. */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const { clock = systemClock, monotonic = () => performance.now(), state = createState() } = options;
  const closing = new AbortController();
  let changes = 0;

  const ledger: Ledger = {
    admit() {
      if (closing.signal.aborted) throw new CancelledError('the store is closed');
      return undefined;
    },
    note: () => ({ seq: (changes += 1), settled: Promise.resolve() }),
    isDurable: () => true,
    flush: () => Promise.resolve(),
  };
  const desk: Desk = { state, ledger, time: createStoreTime(clock, monotonic), keys: undefined };

  const overview = createOverview(desk);

  return {
    ...createEntryOperations(desk),
    ...createQueueOperations(desk),
    ...overview,
    ...createLocalHolds(closing.signal),
    wakes: (options) => createLocalWakes(overview, options),
    rotateKey: () => Promise.resolve({ resealed: 0, unreadable: 0 }),
    async stats() {
      const counts = await countAll(desk);
      const phase = closing.signal.aborted ? 'closed' : 'ready';
      return { backend: 'memory', state: phase, reason: undefined, ...counts, journal: undefined };
    },
    flush: () => ledger.flush(),
    closed: closing.signal,
    async close() {
      closing.abort();
      for (const queue of state.queues.values()) queue.lease = undefined;
    },
  };
}

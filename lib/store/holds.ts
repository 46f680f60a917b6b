import { setMaxListeners } from 'node:events';
import { CancelledError } from '../core/errors';
import type { Hold, Store } from './store';

/** Where one process has the store to itself: who holds what is a matter of this process. */
export function createLocalHolds(closed: AbortSignal): Pick<Store, 'hold'> {
  const taken = new Set<string>();
  // All who do something alone listen to the same signal here, however many they are.
  setMaxListeners(0, closed);
  return {
    async hold(name): Promise<Hold | undefined> {
      if (closed.aborted) throw new CancelledError('the store is closed');
      if (taken.has(name)) return undefined;
      taken.add(name);
      let isReleased = false;
      return {
        lost: closed,
        isOurs: () => Promise.resolve(!isReleased && !closed.aborted),
        async release() {
          if (!isReleased) taken.delete(name);
          isReleased = true;
        },
      };
    },
  };
}

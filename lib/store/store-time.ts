import type { Clock } from '../core/clock';

/**
 * The store's clock. It starts from the time of day and then goes on evenly: a clock that is set forward or
 * back while we run ends nothing early and brings nothing back. It never starts before the last time that the
 * journal knows, for the case that the clock was set back while we were stopped.
 */
export interface StoreTime {
  now(): number;
  /** Milliseconds since any point in the past, never set back: for leases and measuring. */
  elapsed(): number;
}

export function createStoreTime(clock: Clock, monotonic: () => number, notBefore = 0): StoreTime {
  const startedAt = Math.max(clock.now(), notBefore);
  const start = monotonic();
  return { now: () => Math.round(startedAt + monotonic() - start), elapsed: monotonic };
}

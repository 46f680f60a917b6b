import type { Clock } from '../core/clock';

/**
 * The store's clock. It starts from the time of day and then goes on evenly: a clock that is set forward or
 * back while we run ends nothing early and brings nothing back. It never starts before the last time that the
 * journal knows, for the case that the clock was set back while we were stopped.
 */
export interface StoreTime {
  now(): number;
  /** A moment of the process' clock by this one; never later than now. */
  at(moment: number): number;
  /** Milliseconds since any point in the past, never set back: for leases and measuring. */
  elapsed(): number;
}

export function createStoreTime(clock: Clock, monotonic: () => number, notBefore = 0): StoreTime {
  const startedAt = Math.max(clock.now(), notBefore);
  const start = monotonic();
  const steady = createSteadyDifference();
  const now = (): number => Math.round(startedAt + monotonic() - start);
  return {
    now,
    at: (moment) => Math.min(now(), Math.round(moment + steady(now() - clock.now()))),
    elapsed: monotonic,
  };
}

/** What the reading of two clocks takes differs from time to time, and may not swap what came shortly one after the other. */
const readingMs = 1000;

/** By how much two clocks differ, as it was first measured, until one of them was set. */
export function createSteadyDifference(): (measured: number) => number {
  let known: number | undefined;
  return (measured) => {
    if (known === undefined || Math.abs(measured - known) > readingMs) known = measured;
    return known;
  };
}

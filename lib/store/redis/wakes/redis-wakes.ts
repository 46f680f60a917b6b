import type { Wakes, WakesOptions } from '../../wakes';
import type { RedisClient } from '../client';
import type { RedisDesk } from '../desk';
import { createAdder } from './adder';
import { createRuns } from './runs';
import { startSweeper, type Sweeper } from './sweeper';
import { wakeTimes, type WakeTimes } from './times';
import { createTrouble } from './trouble';
import { createWaiting } from './waiting';
import { createLooker, type Looker } from './worker';

export interface RedisWakesOptions extends WakesOptions {
  desk: RedisDesk;
  monotonic: () => number;
  times: Partial<WakeTimes>;
  /** In which nothing waits. */
  openQuick: () => Promise<RedisClient>;
  openPatient: () => Promise<RedisClient>;
}

/**
 * BullMQ has one job for each queue in which something waits, and gives it to one of the processes that have a place
 * free. It wakes, delays and notices the dead; whose a queue is, is not its business.
 */
export function createRedisWakes(options: RedisWakesOptions): Wakes {
  const { kind, clock, desk, monotonic, onTrouble } = options;
  const times = { ...wakeTimes, ...options.times };
  const closing = new AbortController();
  const waiting = createWaiting(times, monotonic);
  const trouble = createTrouble({
    monotonic,
    onReason: (reason) => onTrouble?.(reason),
    onNoState: () => looker?.rest(),
  });
  const onError = (thrown: unknown): void => {
    if (!closing.signal.aborted) trouble.note(thrown);
  };
  const place = { name: kind, prefix: desk.names.jobs, onError };
  const adder = createAdder({ ...place, open: options.openQuick, onReady: () => sweeper?.now() });
  let looker: Looker | undefined;
  let sweeper: Sweeper | undefined;
  let isPaused = false;
  let places = 1;
  let closed: Promise<void> | undefined;

  const end = async (): Promise<void> => {
    closing.abort();
    sweeper?.stop();
    await looker?.close();
    await adder.close();
  };

  return {
    start(look) {
      const isStopped = (): boolean => isPaused || closing.signal.aborted;
      const made = createRuns({
        look,
        times,
        monotonic,
        waiting,
        isStopped,
        closing: closing.signal,
        onError,
      });
      const opened = createLooker({ ...place, open: options.openPatient, runs: made, times, clock });
      looker = opened;
      opened.allow(places);
      if (isPaused) opened.pause();
      sweeper = startSweeper({
        ...{ desk, kind, clock, everyMs: times.sweepEvery },
        onFound: (queues) => adder.add(queues.filter((queue) => !made.has(queue))),
      });
    },
    wake(queue) {
      if (!closing.signal.aborted) adder.add([queue]).catch(onError);
    },
    takersChanged: () => waiting.callAll(),
    allow(wished) {
      places = wished;
      looker?.allow(wished);
    },
    placeFree(room) {
      waiting.callOne(room);
      return undefined;
    },
    pause() {
      isPaused = true;
      looker?.pause();
    },
    resume() {
      isPaused = false;
      looker?.resume();
    },
    parked: () => waiting.parked(),
    close: () => (closed ??= end()),
  };
}

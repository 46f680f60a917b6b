import type { Wakes, WakesOptions } from '../../wakes';
import type { RedisClient } from '../client';
import type { RedisDesk } from '../desk';
import { asList } from '../replies';
import { createAdder } from './adder';
import { createHealth } from './health';
import { createHelper } from './helper';
import { createParking } from './parking';
import { createRuns } from './runs';
import { startSweeper, type Sweeper } from './sweeper';
import { wakeTimes, type WakeTimes } from './times';
import { createTrouble } from './trouble';
import { createWaiting, perWaitingMs } from './waiting';
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
  const waiting = createWaiting(times, monotonic, clock);
  const adding = createHealth(monotonic, times.helpAfter);
  const taking = createHealth(monotonic, times.helpAfter);
  const parking = createParking({
    ...{ instance: desk.instance, times },
    live: async () => asList(await desk.link.call('HKEYS', desk.names.beats)).map(String),
    leastMs: () => waiting.size() * perWaitingMs,
  });
  const trouble = createTrouble({
    monotonic,
    onReason: (reason) => onTrouble?.(reason),
    onNoState: () => looker?.rest(),
  });
  const onError = (thrown: unknown): void => {
    if (!closing.signal.aborted) trouble.note(thrown);
  };
  const place = { name: kind, prefix: desk.names.jobs, onError };
  const adder = createAdder({
    ...place,
    open: options.openQuick,
    health: adding,
    onReady: () => sweeper?.now(),
  });
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
        ...{ waiting, parking },
        isStopped,
        closing: closing.signal,
        onError,
      });
      const helper = createHelper(made);
      const opened = createLooker({
        ...{ ...place, open: options.openPatient, runs: made, wasCalled: waiting.wasCalled, times, clock },
        health: taking,
      });
      looker = opened;
      opened.allow(places);
      if (isPaused) opened.pause();
      sweeper = startSweeper({
        ...{ desk, kind, clock, everyMs: times.sweepEvery },
        isBusy: (queue) => made.has(queue),
        async onFound({ queues, missing, far }) {
          await adder.add(missing);
          await adder.bringForward(far);
          if (!isStopped() && (adding.isDown() || taking.isDown())) helper.help(queues);
        },
      });
    },
    wake(queue) {
      if (closing.signal.aborted) return;
      waiting.wake(queue);
      adder.add([queue]).catch(onError);
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

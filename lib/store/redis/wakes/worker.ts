import type { Job, Worker } from 'bullmq';
import { startTimer, type Clock } from '../../../core/clock';
import type { RedisClient } from '../client';
import { clientForBull, type BullClient } from './bull-client';
import type { Health } from './health';
import { putBack, type HandedJob, type QueueJob } from './put-back';
import type { Runs } from './runs';
import type { WakeTimes } from './times';
import { isTakenOver } from './trouble';

export interface LookerOptions {
  name: string;
  prefix: string;
  /** One that waits for as long as it takes. */
  open: () => Promise<RedisClient>;
  runs: Runs;
  wasCalled: (job: HandedJob) => boolean;
  times: WakeTimes;
  clock: Clock;
  onError: (thrown: unknown) => void;
  health: Health;
}

/** Takes the jobs, as many at once as it may. */
export interface Looker {
  allow(places: number): void;
  /** Takes no more jobs, or does again. */
  pause(): void;
  resume(): void;
  /** Pauses for a moment. */
  rest(): void;
  close(): Promise<void>;
}

const countless = 1_000_000;

export function createLooker(options: LookerOptions): Looker {
  const { name, prefix, runs, wasCalled, times, clock, health } = options;
  const onError = (thrown: unknown): void => {
    if (!isTakenOver(thrown)) health.failed();
    options.onError(thrown);
  };
  let places = 1;
  const closing = new AbortController();
  let bull: BullClient | undefined;
  let worker: Worker<QueueJob> | undefined;
  let isPaused = false;
  let isResting = false;
  let isClosed = false;
  let turn: Promise<unknown> = Promise.resolve();

  /** One after the other, in the order of the calls. */
  const next = (step: (worker: Worker<QueueJob>) => Promise<unknown>): void => {
    turn = turn.then(() => worker && !isClosed && step(worker)).catch(onError);
  };
  const follow = (): void => next((open) => (isPaused || isResting ? open.pause(true) : open.resume()));

  const take = async (job: Job<QueueJob>, token = ''): Promise<void> => {
    const { DelayedError } = await import('bullmq');
    const rest = await runs.follow(job, token);
    const isElsewhere =
      !rest || (await putBack({ job, token, rest, wasCalled, clock, closing: closing.signal, onError }));
    // BullMQ leaves alone what it is told so.
    if (isElsewhere) throw new DelayedError();
  };

  /** Its first questions may find a server that is in no state to answer them, and then it would never begin. */
  const make = async (): Promise<void> => {
    const bullmq = await import('bullmq');
    const opened = await options.open();
    if (isClosed) return opened.disconnect();
    opened.on('error', onError);
    const own = clientForBull(opened, onError);
    bull = own;
    const made = new bullmq.Worker<QueueJob>(name, take, {
      ...{ connection: opened, prefix, autorun: false, concurrency: places },
      ...{ lockDuration: times.lock, stalledInterval: times.stalledEvery, maxStalledCount: countless },
      ...{ removeOnComplete: { count: 0 }, removeOnFail: { count: 0 }, runRetryDelay: times.rest },
    });
    made.on('error', onError);
    made.on('active', () => health.worked());
    try {
      await made.waitUntilReady();
    } catch (thrown) {
      await made.close(true).catch(() => undefined);
      own.disconnect();
      throw thrown;
    }
    made.concurrency = places;
    worker = made;
    follow();
  };

  const start = async (): Promise<void> => {
    while (!worker && !isClosed) {
      try {
        return await make();
      } catch (thrown) {
        onError(thrown);
        await clock.sleep(times.remake, closing.signal);
      }
    }
  };
  const started = start().catch(() => undefined);

  const end = async (): Promise<void> => {
    // One that is still to begin waits for a server that may never come.
    if (!worker) bull?.disconnect();
    await started;
    await turn;
    // Its search for stalled jobs would outlive what it waits for.
    await worker?.pause(true);
    // And so would its keeping of locks, where nothing can be put back anyway.
    const isAway = bull?.client.status !== 'ready';
    if (isAway) bull?.disconnect();
    await worker?.close(isAway);
    bull?.disconnect();
  };

  return {
    allow(wished) {
      const isMore = wished > places;
      places = wished;
      if (!worker || isClosed) return;
      worker.concurrency = wished;
      if (!isMore) return;
      // With all places taken it would notice only when one of them is free.
      next((open) => open.pause(true));
      follow();
    },
    pause() {
      isPaused = true;
      follow();
    },
    resume() {
      isPaused = false;
      follow();
    },
    rest() {
      if (isResting || isClosed) return;
      isResting = true;
      follow();
      startTimer(clock, times.rest, () => {
        isResting = false;
        follow();
      });
    },
    async close() {
      isClosed = true;
      closing.abort();
      let cancelLimit = (): void => undefined;
      const limit = new Promise<void>((resolve) => {
        cancelLimit = startTimer(clock, times.closeLimit, resolve);
      });
      await Promise.race([end().catch(onError), limit]);
      cancelLimit();
      // What is still to be said waits for a server that is away.
      bull?.disconnect();
    },
  };
}

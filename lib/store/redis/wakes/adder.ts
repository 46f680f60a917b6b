import type { Queue } from 'bullmq';
import type { RedisClient } from '../client';
import { clientForBull, type BullClient } from './bull-client';
import type { Health } from './health';
import type { QueueJob } from './put-back';

export interface AdderOptions {
  name: string;
  prefix: string;
  /** Not connected yet, and one in which nothing waits. */
  open: () => Promise<RedisClient>;
  onError: (thrown: unknown) => void;
  health: Health;
  /** From now on, or from now on again, it can add: what came before may have been lost. */
  onReady: () => void;
}

/** Tells all who share the Redis that a queue is to be looked at. */
export interface Adder {
  /** As well as it goes: what is lost here the next sweep finds. Never rejects. */
  add(queues: readonly string[]): Promise<void>;
  /** Jobs that are put off for too long are had at once. Never rejects. */
  bringForward(jobs: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Thrown errors and crashes must not use up anything: how often an event is handed out is counted by the store. */
const countless = 1_000_000;
const perCall = 500;
const forwardAtOnce = 200;

export function createAdder({ name, prefix, open, onError, health, onReady }: AdderOptions): Adder {
  let bull: BullClient | undefined;
  let queue: Queue<QueueJob> | undefined;
  let making: Promise<void> | undefined;
  let isClosed = false;

  /** Given to BullMQ once it is ready: from one that is not, its first question fails, and then all others do. */
  const make = async (ready: RedisClient): Promise<void> => {
    const bullmq = await import('bullmq');
    const made = new bullmq.Queue<QueueJob>(name, {
      ...{ connection: ready, prefix },
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: { attempts: countless, removeOnComplete: true, removeOnFail: true },
    });
    made.on('error', onError);
    try {
      await made.waitUntilReady();
    } catch (thrown) {
      await made.close().catch(() => undefined);
      throw thrown;
    }
    if (isClosed) await made.close();
    else queue = made;
  };

  const makeOnce = (): Promise<void> => {
    if (queue || isClosed || bull?.client.status !== 'ready') return Promise.resolve();
    making ??= make(bull.client)
      .catch(onError)
      .finally(() => {
        making = undefined;
      });
    return making;
  };

  const start = async (): Promise<void> => {
    const opened = await open();
    if (isClosed) return opened.disconnect();
    bull = clientForBull(opened, onError);
    opened.on('error', onError);
    opened.on('ready', () => {
      makeOnce()
        .then(() => queue && onReady())
        .catch(onError);
    });
    // It goes on trying by itself.
    opened.connect().catch(() => undefined);
  };
  const started = start().catch(onError);

  return {
    async add(queues) {
      try {
        await makeOnce();
        for (let from = 0; from < queues.length && queue; from += perCall) {
          await queue.addBulk(queues.slice(from, from + perCall).map(jobOf));
        }
        if (queue && queues.length > 0) health.worked();
        if (!queue) health.failed();
      } catch (thrown) {
        health.failed();
        onError(thrown);
      }
    },
    async bringForward(jobs) {
      try {
        for (const id of jobs.slice(0, forwardAtOnce)) {
          // Somebody may have it by now.
          await (await queue?.getJob(id))?.promote().catch(() => undefined);
        }
      } catch (thrown) {
        onError(thrown);
      }
    },
    async close() {
      isClosed = true;
      await started;
      await making;
      await queue?.close().catch(() => undefined);
      bull?.disconnect();
    },
  };
}

/** One that comes while the job is under way is kept for its end; so no wake-up falls in between. */
const jobOf = (queue: string) => ({
  name: 'look',
  data: { queue },
  opts: { deduplication: { id: queue, keepLastIfActive: true } },
});

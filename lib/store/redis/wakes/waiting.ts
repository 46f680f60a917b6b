import type { HandedJob } from './put-back';
import type { WakeTimes } from './times';

/** Queues that were put back here for want of a reader or of a place, as far as they have not been seen here since. */
export interface Waiting {
  park(queue: string, job: HandedJob): void;
  /** Gives how long it is to wait before anybody looks at it again. */
  line(queue: string, room: object, job: HandedJob): number;
  forget(queue: string): void;
  /** What has changed concerns all of them. */
  callAll(): void;
  /** One of those that wait for this room. */
  callOne(room: object): void;
  parked(): number;
}

interface Stored {
  job: HandedJob;
  room: object | undefined;
  /** Another instance may have had it by then. */
  until: number;
}

/** For each queue that waits already: so all of them together ask no more than 500 times a second. */
const perWaitingMs = 2;
const spread = 2.3;

export function createWaiting(times: WakeTimes, monotonic: () => number): Waiting {
  /** In the order in which they came. */
  const waiting = new Map<string, Stored>();
  const lines = new Map<object, Set<string>>();

  const forget = (queue: string): void => {
    const room = waiting.get(queue)?.room;
    waiting.delete(queue);
    const line = room && lines.get(room);
    line?.delete(queue);
    if (room && line?.size === 0) lines.delete(room);
  };

  const store = (queue: string, job: HandedJob, room: object | undefined, ms: number): void => {
    forget(queue);
    waiting.set(queue, { job, room, until: monotonic() + ms });
  };

  const dropOld = (): void => {
    const now = monotonic();
    for (const [queue, { until }] of waiting) if (until < now) forget(queue);
  };

  const call = (queue: string): void => {
    const stored = waiting.get(queue);
    forget(queue);
    // Another one may have it by now, and if not, it comes back by itself.
    stored?.job.promote().catch(() => undefined);
  };

  return {
    forget,
    park(queue, job) {
      store(queue, job, undefined, 2 * times.parked);
    },
    line(queue, room, job) {
      dropOld();
      const ms = Math.round(times.full * (1 + Math.random() * spread)) + waiting.size * perWaitingMs;
      store(queue, job, room, 2 * ms);
      const line = lines.get(room) ?? new Set();
      lines.set(room, line.add(queue));
      return ms;
    },
    callAll() {
      for (const queue of [...waiting.keys()]) call(queue);
    },
    callOne(room) {
      const [first] = lines.get(room) ?? [];
      if (first !== undefined) call(first);
    },
    parked() {
      dropOld();
      return [...waiting.values()].filter(({ room }) => room === undefined).length;
    },
  };
}

import { startTimer, type Clock } from '../../../core/clock';
import type { HandedJob } from './put-back';
import type { WakeTimes } from './times';

/** Queues that were put back here for some time, as far as they have not been seen here since. */
export interface Waiting {
  /** There is no reader here. */
  park(queue: string, job: HandedJob): void;
  /** There is no place. Gives how long it is to wait before anybody looks at it again. */
  line(queue: string, room: object, job: HandedJob): number;
  /** What is added may end the waiting. */
  sleep(queue: string, job: HandedJob, ms: number): void;
  /** Keeps a queue in hand for a moment; true when a place has become free meanwhile. */
  hold(room: object): Promise<boolean>;
  forget(queue: string): void;
  /** Something was added. */
  wake(queue: string): void;
  /** What has changed concerns all of them. */
  callAll(): void;
  /** One of those that wait for this room. */
  callOne(room: object): void;
  /** It was called since it was put here: perhaps before it lay where it can be had from. */
  readonly wasCalled: (job: HandedJob) => boolean;
  parked(): number;
  /** How many there are in all, more or less. */
  size(): number;
}

interface Stored {
  job: HandedJob;
  why: 'parked' | 'full' | 'window';
  room?: object;
  /** Another instance may have had it by then. */
  until: number;
}

/** For each queue that waits already: so all of them together ask no more than 500 times a second. */
export const perWaitingMs = 2;
/** And so what is behind them in the line is not run through at full speed when there is no place for it either. */
const perHeldMs = 10;
const spread = 2.3;
const dropEveryMs = 1000;

export function createWaiting(times: WakeTimes, monotonic: () => number, clock: Clock): Waiting {
  /** In the order in which they came. */
  const waiting = new Map<string, Stored>();
  const lines = new Map<object, Set<string>>();
  const held = new Map<object, Set<() => void>>();
  const called = new WeakSet<HandedJob>();
  let heldCount = 0;
  let droppedAt = monotonic();

  const forget = (queue: string): void => {
    const room = waiting.get(queue)?.room;
    waiting.delete(queue);
    const line = room && lines.get(room);
    line?.delete(queue);
    if (room && line?.size === 0) lines.delete(room);
  };

  const dropOld = (): void => {
    const now = monotonic();
    droppedAt = now;
    for (const [queue, { until }] of waiting) if (until < now) forget(queue);
  };

  const store = (queue: string, stored: Stored): void => {
    if (monotonic() - droppedAt >= dropEveryMs) dropOld();
    forget(queue);
    called.delete(stored.job);
    waiting.set(queue, stored);
  };

  const take = (queue: string): Stored | undefined => {
    const stored = waiting.get(queue);
    forget(queue);
    if (stored) called.add(stored.job);
    return stored;
  };

  const call = (queue: string): void => {
    const stored = take(queue);
    // Another one may have it by now, and if not, it comes back by itself.
    stored?.job.promote().catch(() => undefined);
  };

  /** Whoever found no reader before may find one now. */
  const callAnew = async (queue: string): Promise<void> => {
    const stored = take(queue);
    if (stored?.why === 'parked') await stored.job.updateData({ queue });
    await stored?.job.promote();
  };

  return {
    forget,
    park(queue, job) {
      store(queue, { job, why: 'parked', until: monotonic() + 2 * times.parked });
    },
    line(queue, room, job) {
      const ms = Math.round(times.full * (1 + Math.random() * spread)) + waiting.size * perWaitingMs;
      store(queue, { job, why: 'full', room, until: monotonic() + 2 * ms });
      const line = lines.get(room) ?? new Set();
      lines.set(room, line.add(queue));
      return ms;
    },
    sleep(queue, job, ms) {
      store(queue, { job, why: 'window', until: monotonic() + 2 * ms });
    },
    hold(room) {
      const line = held.get(room) ?? new Set();
      held.set(room, line);
      heldCount += 1;
      const ms = Math.min(heldCount * perHeldMs, times.full);
      return new Promise((resolve) => {
        const end = (isCalled: boolean): void => {
          if (!line.delete(onCall)) return;
          heldCount -= 1;
          if (line.size === 0 && held.get(room) === line) held.delete(room);
          resolve(isCalled);
        };
        const cancel = startTimer(clock, ms, () => end(false));
        const onCall = (): void => {
          cancel();
          end(true);
        };
        line.add(onCall);
      });
    },
    wake(queue) {
      if (waiting.get(queue)?.why === 'window') call(queue);
    },
    callAll() {
      for (const line of [...held.values()]) for (const onCall of [...line]) onCall();
      for (const queue of [...waiting.keys()]) callAnew(queue).catch(() => undefined);
    },
    callOne(room) {
      const [onCall] = held.get(room) ?? [];
      if (onCall) return onCall();
      const [first] = lines.get(room) ?? [];
      if (first !== undefined) call(first);
    },
    wasCalled: (job) => called.has(job),
    parked() {
      dropOld();
      return [...waiting.values()].filter(({ why }) => why === 'parked').length;
    },
    size: () => waiting.size,
  };
}

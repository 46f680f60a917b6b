import type { Look, Next } from '../../wakes';
import type { HandedJob, Rest } from './put-back';
import type { Parking } from './parking';
import type { WakeTimes } from './times';
import type { Waiting } from './waiting';

export interface RunsOptions {
  look: Look;
  times: WakeTimes;
  monotonic: () => number;
  waiting: Waiting;
  parking: Parking;
  /** Nothing more is begun here. */
  isStopped: () => boolean;
  /** Aborted when this instance closes. */
  closing: AbortSignal;
  onError: (thrown: unknown) => void;
}

/** The queues that are looked at here. */
export interface Runs {
  /** What becomes of the job, or undefined: it was given out anew, and whoever has it now speaks for the queue. */
  follow(job: HandedJob, token: string): Promise<Rest | undefined>;
  has(queue: string): boolean;
}

interface Run {
  token: string;
  rest: Promise<Rest>;
}

export function createRuns(options: RunsOptions): Runs {
  const { look, times, monotonic, waiting, parking, isStopped, closing, onError } = options;
  const runs = new Map<string, Run>();

  const restAfter = async (next: Next, job: HandedJob): Promise<Rest | undefined> => {
    const { queue } = job.data;
    switch (next.how) {
      case 'again':
        return undefined;
      case 'idle':
        return { how: 'done' };
      case 'later': {
        const ms = next.mayChange ? Math.min(next.ms, times.windowEvery) : next.ms;
        if (next.mayChange) waiting.sleep(queue, job, ms);
        return { how: 'later', ms };
      }
      case 'parked':
        waiting.park(queue, job);
        return { how: 'later', ms: await parking(job) };
      case 'full':
        if (await waiting.hold(next.room)) return undefined;
        return { how: 'later', ms: waiting.line(queue, next.room, job) };
    }
  };

  const drain = async (job: HandedJob): Promise<Rest> => {
    const { queue } = job.data;
    const start = monotonic();
    for (let looks = 1; ; looks += 1) {
      if (isStopped()) return { how: 'give' };
      waiting.forget(queue);
      const rest = await restAfter(await look(queue), job);
      if (rest) return rest;
      const isOver = looks >= times.looksPerTurn || monotonic() - start >= times.turn;
      if (isOver) return { how: 'later', ms: 0 };
    }
  };

  const begin = (job: HandedJob, token: string): Run => {
    const { queue } = job.data;
    const rest = drain(job)
      .catch((thrown: unknown): Rest => {
        onError(thrown);
        return { how: 'later', ms: times.rest };
      })
      .finally(() => runs.delete(queue));
    const run = { token, rest };
    runs.set(queue, run);
    return run;
  };

  const closed = new Promise<Rest>((resolve) => {
    const end = (): void => resolve({ how: 'later', ms: times.closing });
    if (closing.aborted) end();
    else closing.addEventListener('abort', end, { once: true });
  });

  return {
    async follow(job, token) {
      // Its lock was lost while the process stood still: the event that is in hand is not begun a second time.
      const run = runs.get(job.data.queue) ?? begin(job, token);
      run.token = token;
      const rest = await Promise.race([run.rest, closed]);
      return run.token === token ? rest : undefined;
    },
    has: (queue) => runs.has(queue),
  };
}

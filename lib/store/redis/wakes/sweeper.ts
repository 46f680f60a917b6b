import { startTimer, type Clock } from '../../../core/clock';
import type { RedisDesk } from '../desk';
import { asList } from '../replies';
import { createJobCheck, type Checked } from './job-check';
import { jobScripts } from './job-scripts';

export interface SweeperOptions {
  desk: RedisDesk;
  kind: string;
  clock: Clock;
  everyMs: number;
  /** Looked at here: their jobs are well. */
  isBusy: (queue: string) => boolean;
  onFound: (found: Found) => Promise<void>;
}

export interface Found extends Checked {
  /** All in which something waits, missing or not. */
  queues: readonly string[];
}

const perPage = 500;
/** An older version enters nothing in `open`, and somebody may have removed it. */
const roundsPerSearch = 60;

export interface Sweeper {
  now(): void;
  stop(): void;
}

/**
 * Looks after all that waits, again and again: a process that dies between taking an event in and waking its queue would
 * leave it lying, and a server that comes back may have lost the wake-ups alone, or some of what belongs to them.
 */
export function startSweeper(options: SweeperOptions): Sweeper {
  const { desk, kind, clock, everyMs, isBusy, onFound } = options;
  const { link, names } = desk;
  const jobs = createJobCheck(desk, kind);
  let isStopped = false;
  let isSweeping = false;
  let isAgain = false;
  let roundsToSearch = 0;
  let cancel = (): void => undefined;

  async function* pagesOf(set: string): AsyncGenerator<string[]> {
    // No text in UTF-8 has this byte.
    const last = Buffer.concat([Buffer.from(`[${kind}:`), Buffer.from([255])]);
    for (let from = `[${kind}:`; !isStopped;) {
      const reply = await link.call('ZRANGEBYLEX', set, from, last, 'LIMIT', 0, perPage);
      const queues = asList(reply).map(String);
      yield queues;
      if (queues.length < perPage) return;
      from = `(${queues.at(-1) ?? ''}`;
    }
  }

  const search = async (): Promise<void> => {
    roundsToSearch -= 1;
    if (roundsToSearch >= 0) return;
    for await (const page of pagesOf(names.queues)) {
      const items = page.flatMap((queue) => names.queue(queue).slice(0, 1));
      if (page.length > 0) await link.run(jobScripts.enter, [names.open, ...items], page);
    }
    roundsToSearch = roundsPerSearch;
  };

  const sweep = async (): Promise<void> => {
    await search();
    for await (const page of pagesOf(names.open)) {
      const queues = page.filter((queue) => !isBusy(queue));
      await onFound({ queues, ...(await jobs.check(queues)) });
    }
  };

  const round = async (): Promise<void> => {
    cancel();
    if (isSweeping) {
      isAgain = true;
      return;
    }
    isSweeping = true;
    do {
      isAgain = false;
      await sweep().catch(() => undefined);
      jobs.endRound();
    } while (isAgain);
    isSweeping = false;
    if (!isStopped) cancel = startTimer(clock, everyMs * (1 + Math.random()), now);
  };

  const now = (): void => {
    round().catch(() => undefined);
  };
  now();

  return {
    now,
    stop() {
      isStopped = true;
      cancel();
    },
  };
}

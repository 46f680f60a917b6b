import { startTimer, type Clock } from '../../../core/clock';
import type { RedisDesk } from '../desk';
import { asList } from '../replies';

export interface SweeperOptions {
  desk: RedisDesk;
  kind: string;
  clock: Clock;
  everyMs: number;
  onFound: (queues: readonly string[]) => Promise<void>;
}

const perPage = 500;

export interface Sweeper {
  now(): void;
  stop(): void;
}

/**
 * Wakes all that waits, again and again: a process that dies between taking an event in and waking its queue would
 * leave it lying, and a server that comes back may have lost the wake-ups alone.
 */
export function startSweeper({ desk, kind, clock, everyMs, onFound }: SweeperOptions): Sweeper {
  let isStopped = false;
  let cancel = (): void => undefined;

  const sweep = async (): Promise<void> => {
    // No text in UTF-8 has this byte.
    const last = Buffer.concat([Buffer.from(`[${kind}:`), Buffer.from([255])]);
    for (let from = `[${kind}:`; !isStopped;) {
      const reply = await desk.link.call('ZRANGEBYLEX', desk.names.open, from, last, 'LIMIT', 0, perPage);
      const queues = asList(reply).map(String);
      await onFound(queues);
      if (queues.length < perPage) return;
      from = `(${queues.at(-1) ?? ''}`;
    }
  };

  const round = async (): Promise<void> => {
    cancel();
    await sweep().catch(() => undefined);
    cancel();
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

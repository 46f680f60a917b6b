import { randomUUID } from 'node:crypto';
import type { HandedJob } from './put-back';
import type { Runs } from './runs';

/** Looks at queues without any job: slowly, but for as long as the jobs do not work. */
export interface Helper {
  help(queues: readonly string[]): void;
}

const atOnce = 10;

export function createHelper(runs: Runs): Helper {
  let busy = 0;

  const helpAll = async (left: string[]): Promise<void> => {
    for (let queue = left.shift(); queue !== undefined; queue = left.shift()) {
      if (!runs.has(queue)) await runs.follow(noJob(queue), randomUUID());
    }
  };

  return {
    help(queues) {
      const left = queues.slice(0, 20 * atOnce);
      for (; busy < Math.min(atOnce, left.length);) {
        busy += 1;
        helpAll(left)
          .catch(() => undefined)
          .finally(() => (busy -= 1));
      }
    },
  };
}

const nothing = (): Promise<void> => Promise.resolve();
const noJob = (queue: string): HandedJob => ({
  data: { queue },
  ...{ moveToWait: nothing, moveToDelayed: nothing, promote: nothing, updateData: nothing },
});

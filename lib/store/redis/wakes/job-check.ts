import type { RedisDesk } from '../desk';
import { asList, groupsOf, isYes } from '../replies';
import { jobScripts } from './job-scripts';

export interface Checked {
  /** Without a job: they are to be added. */
  missing: string[];
  /** Jobs that lie further ahead than they should. */
  far: string[];
}

/** Looks whether each queue in which something waits has a job that will come. */
export interface JobCheck {
  check(queues: readonly string[]): Promise<Checked>;
  /** All have been checked; what was lost then and is still lost the next time has been lost by somebody else's hand. */
  endRound(): void;
}

/** Processes read their clocks, and answers need their time. */
const slackMs = 2000;
const perPage = 10_000;
/** Each is looked for among all that wait. */
const removalsPerRound = 100;

export function createJobCheck({ link, names }: RedisDesk, kind: string): JobCheck {
  const prefix = `${names.jobs}:${kind}:`;
  let waiting: Promise<ReadonlySet<string>> | undefined;
  let before = new Map<string, string>();
  let lost = new Map<string, string>();
  let removals = 0;

  /** From the end from which they are taken. What moves meanwhile may be missed, and is not missed twice. */
  const readWaiting = async (): Promise<ReadonlySet<string>> => {
    const found = new Set<string>();
    for (let end = -1; ; end -= perPage) {
      const page = asList(await link.call('LRANGE', `${prefix}wait`, end - perPage + 1, end));
      for (const id of page) found.add(String(id));
      if (page.length < perPage) return found;
    }
  };

  /** True when it is gone: another one can be added. */
  const isGone = async (queue: string, id: string): Promise<boolean> => {
    waiting ??= readWaiting();
    if ((await waiting).has(id)) return false;
    lost.set(queue, id);
    if (before.get(queue) !== id || removals >= removalsPerRound) return false;
    removals += 1;
    return isYes(await link.run(jobScripts.removeLost, [names.open], [prefix, queue, id]));
  };

  return {
    async check(queues) {
      if (queues.length === 0) return { missing: [], far: [] };
      const given = [prefix, Date.now(), slackMs, ...queues];
      const reply = asList(await link.run(jobScripts.survey, [names.open], given));
      const checked: Checked = { missing: [], far: [] };
      let place = 0;
      for (const [state, id] of groupsOf(reply, 2)) {
        const queue = queues[place] ?? '';
        place += 1;
        if (state === 'none') checked.missing.push(queue);
        if (state === 'far') checked.far.push(String(id));
        if (state === 'loose' && (await isGone(queue, String(id)))) checked.missing.push(queue);
      }
      return checked;
    },
    endRound() {
      before = lost;
      lost = new Map();
      waiting = undefined;
      removals = 0;
    },
  };
}

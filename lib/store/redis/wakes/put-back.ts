import type { Clock } from '../../../core/clock';
import { isTakenOver } from './trouble';

export interface QueueJob {
  queue: string;
  parked?: ParkedBy;
}

/** Found no reader. */
export interface ParkedBy {
  by: readonly string[];
  /** All that were there then. */
  seen: readonly string[];
  /** How often since one came that had not been there. */
  rounds: number;
}

/** As BullMQ hands it out. */
export interface HandedJob {
  readonly data: QueueJob;
  moveToWait(token: string): Promise<unknown>;
  moveToDelayed(at: number, token: string): Promise<void>;
  promote(): Promise<void>;
  updateData(told: QueueJob): Promise<void>;
}

/** What becomes of the job of a queue for now. */
export type Rest =
  /** Nothing waits: the job goes, or begins anew when something came meanwhile. */
  | { how: 'done' }
  /** For whoever has time, at once and before others. */
  | { how: 'give' }
  /** Behind others that wait. */
  | { how: 'later'; ms: number };

export interface PuttingBack {
  job: HandedJob;
  token: string;
  rest: Rest;
  /** Whoever called it while it was on its way there found nothing. */
  wasCalled: (job: HandedJob) => boolean;
  clock: Clock;
  /** Nothing more is tried again. */
  closing: AbortSignal;
  onError: (thrown: unknown) => void;
}

const tries = 5;
const pauseMs = 1000;

/**
 * True when the job is not to be ended: it lies elsewhere now, or somebody else has it. One that could not be moved is
 * found again when its lock has run out.
 */
export async function putBack({ job, token, rest, wasCalled, ...of }: PuttingBack): Promise<boolean> {
  if (rest.how === 'done') return false;
  const { clock, closing, onError } = of;
  for (let left = tries; left > 0; left -= 1) {
    try {
      if (rest.how === 'give') await job.moveToWait(token);
      // By the clock that BullMQ goes by; where clocks differ the sweeper sees to it.
      else await job.moveToDelayed(Date.now() + rest.ms, token);
      break;
    } catch (thrown) {
      if (isTakenOver(thrown)) return true;
      onError(thrown);
      await clock.sleep(pauseMs, closing);
    }
  }
  // Another one may have it by now.
  if (wasCalled(job)) await job.promote().catch(() => undefined);
  return true;
}

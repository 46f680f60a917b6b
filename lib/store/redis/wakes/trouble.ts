import { textAt } from '../../../core/fields';
import { isAnswer, isCondition, reasonOf } from '../reasons';

/** What goes wrong in BullMQ is told as one word each, and not again and again. */
export interface Trouble {
  note(thrown: unknown): void;
}

export interface TroubleOptions {
  monotonic: () => number;
  onReason: (reason: string) => void;
  /** The server answers, but that it is in no state to work: a busy worker would ask thousands of times a second. */
  onNoState: () => void;
}

const tellAgainMs = 60_000;

/** Job missing, lock missing, not active, lock of another. */
const takenOver = new Set<unknown>([-1, -2, -3, -6]);

/** Another one has the job by now. That is news and no fault: whose the events are is not told by jobs. */
export function isTakenOver(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const isLost = /^(could not renew lock|Missing lock|Missing key|Lock mismatch)/.test(thrown.message);
  return isLost || takenOver.has(Reflect.get(thrown, 'code'));
}

export function createTrouble({ monotonic, onReason, onNoState }: TroubleOptions): Trouble {
  const told = new Map<string, number>();
  return {
    note(thrown) {
      if (isTakenOver(thrown) || textAt(thrown, 'name') === 'ConnectionClosedError') return;
      if (isAnswer(thrown) && isCondition(thrown)) onNoState();
      const reason = reasonOf(thrown);
      const before = told.get(reason);
      if (before !== undefined && monotonic() - before < tellAgainMs) return;
      told.set(reason, monotonic());
      onReason(reason);
    },
  };
}

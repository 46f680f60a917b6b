import { systemClock, type Clock } from '../../core/clock';

/** Something that was handed to a flow and has to be taken away behind it. */
export interface Leftover {
  /** Nobody uses it any more. */
  isOver: () => boolean;
  remove: () => Promise<void> | void;
}

export interface Leftovers {
  add(leftover: Leftover): void;
  /** Takes everything away. */
  close(): Promise<void>;
}

export interface LeftoverRules {
  readonly lookMs: number;
  /** At the latest. Of many flows nobody knows when they are over. */
  readonly longestMs: number;
}

export const usualLeftoverRules: LeftoverRules = { lookMs: 2000, longestMs: 60 * 60_000 };

export function createLeftovers(rules = usualLeftoverRules, clock: Clock = systemClock): Leftovers {
  const kept = new Map<Leftover, number>();
  const closing = new AbortController();
  let isLooking = false;

  async function take(leftover: Leftover): Promise<void> {
    kept.delete(leftover);
    try {
      await leftover.remove();
    } catch {
      // What cannot be removed now is removed as old some other time.
    }
  }

  async function look(): Promise<void> {
    while (kept.size > 0) {
      await clock.sleep(rules.lookMs, closing.signal);
      const over = [...kept].filter(([{ isOver }, until]) => isOver() || clock.now() >= until);
      await Promise.all(over.map(([leftover]) => take(leftover)));
    }
    isLooking = false;
  }

  return {
    add(leftover) {
      kept.set(leftover, clock.now() + rules.longestMs);
      if (isLooking) return;
      isLooking = true;
      // Rejects when all is closed.
      look().catch(() => undefined);
    },
    async close() {
      closing.abort();
      await Promise.all([...kept.keys()].map(take));
    },
  };
}

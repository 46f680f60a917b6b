import { startTimer, type Clock } from '../core/clock';

/** Tells those who look that something has changed, once for many changes. */
export interface Announcer {
  changed(): void;
  /** Something that a person waits for. */
  changedNow(): void;
  listen(listener: () => void): () => void;
  close(): void;
}

const JOIN_MS = 250;

export function createAnnouncer(clock: Clock): Announcer {
  const listeners = new Set<() => void>();
  let stopTimer: (() => void) | undefined;

  function changedNow(): void {
    stopTimer?.();
    stopTimer = undefined;
    for (const listener of [...listeners]) listener();
  }

  return {
    changed() {
      if (listeners.size > 0) stopTimer ??= startTimer(clock, JOIN_MS, changedNow);
    },
    changedNow,
    listen(listener) {
      // A function of its own, or one that is given twice would leave with the first.
      const own = (): void => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    close() {
      stopTimer?.();
      listeners.clear();
    },
  };
}

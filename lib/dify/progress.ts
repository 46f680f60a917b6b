import { startTimer, type Clock } from '../core/clock';

export interface ProgressOptions {
  readonly clock: Clock;
  /** The shortest time between two reports. */
  readonly everyMs: number;
  readonly onProgress: (text: string) => void;
}

export interface ProgressReporter {
  /** The text is only asked for when it is reported: a long one is costly to clean. */
  changed(text: () => string): void;
  /** Nothing is reported any more. */
  close(): void;
}

/** The first change is reported at once, the others at a bounded rate, and none twice. */
export function createProgressReporter({ clock, everyMs, onProgress }: ProgressOptions): ProgressReporter {
  let latest: (() => string) | undefined;
  let reported = '';
  let liftTimer: (() => void) | undefined;
  let isClosed = false;

  function report(): void {
    liftTimer = undefined;
    const text = latest?.();
    latest = undefined;
    if (text === undefined || text === reported || isClosed) return;
    reported = text;
    liftTimer = startTimer(clock, everyMs, report);
    try {
      onProgress(text);
    } catch {
      // The listener's own matter: the answer does not depend on it, and a timer has nobody to tell.
    }
  }

  return {
    changed(text) {
      latest = text;
      if (!liftTimer && !isClosed) report();
    },
    close() {
      isClosed = true;
      liftTimer?.();
    },
  };
}

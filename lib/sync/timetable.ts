import { startTimer, type Clock } from '../core/clock';

/** When a cursor runs by itself. */
export interface Timetable {
  /** Joined with one that is planned already: news that keep coming must not put it off. */
  soon(delayMs: number): void;
  forgetSoon(): void;
  close(): void;
}

export function createTimetable(
  clock: Clock,
  everyMs: number | undefined,
  due: (by: 'schedule' | 'event') => void,
): Timetable {
  let stopSoon: (() => void) | undefined;
  let stopEvery: (() => void) | undefined;

  function again(pauseMs: number): void {
    stopEvery = startTimer(clock, pauseMs, () => {
      again(pauseMs);
      due('schedule');
    });
  }

  function forgetSoon(): void {
    stopSoon?.();
    stopSoon = undefined;
  }

  if (everyMs !== undefined && everyMs > 0) again(everyMs);

  return {
    soon(delayMs) {
      stopSoon ??= startTimer(clock, delayMs, () => {
        stopSoon = undefined;
        due('event');
      });
    },
    forgetSoon,
    close() {
      forgetSoon();
      stopEvery?.();
    },
  };
}

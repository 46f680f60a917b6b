/**
 * The measure of the suite's time. Some stores live by a clock that goes on by itself, so what must not be over yet
 * is hours away: no machine stands still for so long.
 */
export const hourMs = 3_600_000;

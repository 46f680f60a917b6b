import { longestTimerMs } from '../../../lib/core/clock';

export interface Timers {
  /** Milliseconds that never jump. */
  now(): number;
  /** Never keeps the process alive. The returned function stops it. */
  after(ms: number, act: () => void): () => void;
  /** Once the event loop has come round. */
  nextTurn(act: () => void): void;
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, Math.min(ms, longestTimerMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
  nextTurn: (act) => void setImmediate(act),
};

export interface Timing {
  /** For switch, which sends within a turn or two, and for nodes with nothing wired behind them. */
  readonly shortQuietMs: number;
  /** For other nodes that never report. */
  readonly longQuietMs: number;
  /** For a message whose node reported an error and then nothing more. */
  readonly errorGraceMs: number;
  /** A wait by the clock alone is wrong on a busy machine: a burst waits in a node while the timer fires. */
  readonly calmTurns: number;
  /** How long a flow that has ended is remembered, to notice that it went on. */
  readonly keepEndedMs: number;
  /** How long hooks stay after the last flow: adding and removing them for each message would cost more. */
  readonly keepHooksMs: number;
}

export const usualTiming: Timing = {
  shortQuietMs: 60,
  longQuietMs: 1_500,
  errorGraceMs: 1_000,
  calmTurns: 20,
  keepEndedMs: 10_000,
  keepHooksMs: 30_000,
};

import type { Clock } from '../core/clock';
import { untilQuiet } from '../core/http-quiet';
import { timeoutOf } from './outage';
import type { RunGuard } from '../core/run-guard';

/** Watches whether a run moves on. Keep-alives are none of its movements. */
export interface Vigil {
  /** An event came that is more than a keep-alive. */
  note(): void;
  close(): void;
}

/** A while without any movement. */
export interface Silence {
  /** Aborted when the run is over. */
  readonly signal: AbortSignal;
  /** Nothing has come since the run began. */
  readonly isTotal: boolean;
  /** Something has come by now: what was found meanwhile is out of date. */
  isBroken(): boolean;
}

export interface VigilOptions {
  readonly clock: Clock;
  readonly progressMs: number;
  readonly guard: RunGuard;
  /** Called after the first while of silence, and after each later one. */
  readonly onSilence: (silence: Silence) => Promise<void>;
}

const firstSilenceMs = 20_000;
/** Between two calls, so that a model that thinks for minutes is not pestered with questions. */
const laterSilenceMs = 30_000;

export function keepVigil({ clock, progressMs, guard, onSilence }: VigilOptions): Vigil {
  let events = 0;
  let lastAt = clock.now();
  const stop = new AbortController();
  const { signal } = stop;

  untilQuiet({ ms: progressMs, clock }, () => events, signal).then(
    () => guard.end(timeoutOf('progress', progressMs)),
    () => undefined,
  );

  async function silenceOf(ms: number): Promise<void> {
    for (let left = ms; left > 0;) {
      const seen = events;
      await clock.sleep(left, signal);
      if (events === seen) return;
      // Wall time may jump. Then a look comes too early or too late, and that does no harm.
      left = Math.min(ms, ms - (clock.now() - lastAt));
    }
  }

  async function listen(): Promise<void> {
    for (let ms = firstSilenceMs; ; ms = laterSilenceMs) {
      await silenceOf(ms);
      const seen = events;
      const silence = { signal, isTotal: seen === 0, isBroken: () => events !== seen };
      await onSilence(silence).catch(() => undefined);
    }
  }
  listen().catch(() => undefined);

  return {
    note() {
      events += 1;
      lastAt = clock.now();
    },
    close: () => stop.abort(),
  };
}

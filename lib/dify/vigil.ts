import { startTimer, type Clock } from '../core/clock';
import { untilQuiet } from '../core/http-quiet';
import { timeoutOf } from './outage';
import type { RunGuard } from './run-guard';

/** Watches whether a run moves on. Keep-alives are none of its movements. */
export interface Vigil {
  /** An event came that is more than a keep-alive. */
  note(): void;
  close(): void;
}

export interface VigilOptions {
  readonly clock: Clock;
  readonly progressMs: number;
  readonly guard: RunGuard;
  /** Asked once when nothing has come for a while: an error ends the run. */
  readonly suspect?: ((signal: AbortSignal) => Promise<Error | undefined>) | undefined;
}

const suspicionMs = 20_000;

export function keepVigil({ clock, progressMs, guard, suspect }: VigilOptions): Vigil {
  let events = 0;
  const stop = new AbortController();
  untilQuiet({ ms: progressMs, clock }, () => events, stop.signal).then(
    () => guard.end(timeoutOf('progress', progressMs)),
    () => undefined,
  );
  const liftSuspicion = startTimer(clock, suspicionMs, () => {
    if (events > 0 || !suspect) return;
    suspect(stop.signal).then(
      (found) => {
        if (found && events === 0) guard.end(found);
      },
      () => undefined,
    );
  });
  return {
    note: () => void (events += 1),
    close() {
      liftSuspicion();
      stop.abort();
    },
  };
}

import { startTimer, type Clock } from './clock';
import { CancelledError, toError } from './errors';
import { onAbort } from './unless-aborted';

/** Ends a piece of work by a signal that knows why. */
export interface RunGuard {
  readonly signal: AbortSignal;
  /** Ends the work with this error, unless it has ended. */
  end(reason: Error): void;
  /** The work ends with `reason` unless this is called within `ms`, or the function that is given back. */
  limit(ms: number, reason: () => Error): () => void;
  /** The error that counts: why the work was ended, else what it met itself. */
  explain(error: unknown): Error;
  /** No timer and no listener is left. */
  close(): void;
}

/** Ends also with each of the `outer` signals, for its reason. */
export function createRunGuard(clock: Clock, ...outer: readonly (AbortSignal | undefined)[]): RunGuard {
  const controller = new AbortController();
  const lifts: (() => void)[] = [];
  const { signal } = controller;

  const end = (reason: Error): void => {
    if (!signal.aborted) controller.abort(reason);
  };
  const onOuter = (): void => end(reasonOf(outer.find((each) => each?.aborted)));
  const forgetOuter = outer.map((each) => onAbort(each, onOuter));
  if (outer.some((each) => each?.aborted)) onOuter();

  return {
    signal,
    end,
    limit(ms, reason) {
      const lift = startTimer(clock, ms, () => end(reason()));
      lifts.push(lift);
      return lift;
    },
    explain: (error) => (signal.aborted ? reasonOf(signal) : toError(error)),
    close() {
      for (const lift of lifts) lift();
      for (const forget of forgetOuter) forget();
    },
  };
}

/** A caller's own signal says nothing of why. */
function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  const isOurs = reason instanceof Error && !(reason instanceof DOMException);
  return isOurs ? reason : new CancelledError();
}

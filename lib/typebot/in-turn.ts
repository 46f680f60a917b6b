import type { Clock } from '../core/clock';
import { CancelledError } from '../core/errors';
import { createRunGuard } from '../core/run-guard';
import type { Turn, Turns } from '../core/turns';

export interface TurnRequest {
  /** What the conversation is known by. */
  readonly keys: readonly string[];
  /** Each of them ends the work. */
  readonly stops: readonly (AbortSignal | undefined)[];
  /** For the work alone: waiting for its turn costs it no time. */
  readonly limitMs: number;
  readonly limitReached: () => Error;
}

export interface TurnAtWork {
  readonly signal: AbortSignal;
  /** Keeps others out of a conversation that has just got its id. */
  alsoHold(key: string): void;
}

/** Does a piece of work under its limit, alone in its conversation. */
export async function inTurn<T>(
  { clock, turns }: { clock: Clock; turns: Turns },
  { keys, stops, limitMs, limitReached }: TurnRequest,
  work: (turn: TurnAtWork) => Promise<T>,
): Promise<T> {
  const guard = createRunGuard(clock, ...stops);
  let turn: Turn | undefined;
  try {
    const taken = await turns.take(keys, guard.signal);
    turn = taken;
    guard.limit(limitMs, limitReached);
    return await work({ signal: guard.signal, alsoHold: (key) => taken.alsoHold(key) });
  } catch (error) {
    throw guard.explain(error);
  } finally {
    turn?.release();
    guard.close();
  }
}

/** For work that knows no signal: nobody waits for it any longer than for the rest. */
export function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new CancelledError());
    signal.addEventListener('abort', onAbort, { once: true });
    const stopListening = (): void => signal.removeEventListener('abort', onAbort);
    work.then(resolve, reject).then(stopListening, stopListening);
    if (signal.aborted) onAbort();
  });
}

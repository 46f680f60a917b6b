import { setMaxListeners } from 'node:events';
import { startTimer, type Clock } from '../core/clock';
import { CancelledError } from '../core/errors';
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
  const stop = createStop(stops);
  let turn: Turn | undefined;
  let lift = (): void => undefined;
  try {
    const taken = await turns.take(keys, stop.signal);
    turn = taken;
    lift = startTimer(clock, limitMs, () => stop.end(limitReached()));
    return await work({ signal: stop.signal, alsoHold: (key) => taken.alsoHold(key) });
  } catch (error) {
    throw stop.reason() ?? error;
  } finally {
    lift();
    turn?.release();
    stop.close();
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

interface Stop {
  readonly signal: AbortSignal;
  end(reason: Error): void;
  /** Why it ended; nothing when it did not. */
  reason(): Error | undefined;
  /** No listener is left. */
  close(): void;
}

function createStop(outer: readonly (AbortSignal | undefined)[]): Stop {
  const controller = new AbortController();
  let reason: Error | undefined;
  const end = (why: Error): void => {
    if (reason) return;
    reason = why;
    controller.abort(why);
  };
  const onOuter = (): void => end(new CancelledError());
  for (const signal of outer) {
    if (!signal) continue;
    // One listener a turn, and a node's signal may be shared by many.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', onOuter, { once: true });
    if (signal.aborted) onOuter();
  }
  return {
    signal: controller.signal,
    end,
    reason: () => reason,
    close() {
      for (const signal of outer) signal?.removeEventListener('abort', onOuter);
    },
  };
}

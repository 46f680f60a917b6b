import { startTimer, type Clock } from '../../core/clock';
import { RefusedError } from '../../core/errors';
import { unlessAborted } from '../../core/unless-aborted';
import type { RestAnswer } from './portal';
import { resetMs } from './answer';
import type { CallPolicy } from './call';
import { isMethodOverdrawn } from './refusal';

/** Which methods have used up their operating time. Counted by the portal per credential, so kept per client. */
export interface OperatingLedger {
  /** What an answer's `time` tells about its method. */
  note(method: string, time: RestAnswer['time']): void;
  /** The portal refused the method until some time. Gives the length of the block. */
  block(method: string, retryAfterMs: number | undefined): number;
  /** How long the method is still blocked; 0 when it is free. */
  blockedMs(method: string): number;
  whenLifted(method: string): Promise<void>;
  onLifted(listener: () => void): void;
  close(): void;
}

interface Block {
  readonly until: number;
  readonly cancel: () => void;
  readonly lifted: Promise<void>;
}

/** When the portal never said when it counts anew: its oldest bucket is a minute wide. */
const usualBlockMs = 60_000;
const shortestBlockMs = 10_000;
/** All of the portal's buckets together. A later time is a mistake or a wrong clock. */
export const longestBlockMs = 10 * 60_000;
/** The portal's seconds are whole ones. */
const marginMs = 1000;
/** One block waited out in full, and a little. After that the method is too heavy to be waited for. */
export const operatingPatienceMs = longestBlockMs + 60_000;

export function createOperatingLedger(clock: Clock): OperatingLedger {
  const blocks = new Map<string, Block>();
  const resetsAt = new Map<string, number>();
  const listeners: (() => void)[] = [];

  function block(method: string, retryAfterMs: number | undefined): number {
    const known = blockedMs(method);
    if (known > 0) return known;
    const told = retryAfterMs ?? lastSeenMs(method) ?? usualBlockMs;
    const ms = Math.min(Math.max(told + marginMs, shortestBlockMs), longestBlockMs);
    const { promise, resolve } = signalled();
    const cancel = startTimer(clock, ms, () => {
      blocks.delete(method);
      resolve();
      for (const listener of listeners) listener();
    });
    blocks.set(method, { until: clock.now() + ms, cancel, lifted: promise });
    return ms;
  }

  function lastSeenMs(method: string): number | undefined {
    const left = (resetsAt.get(method) ?? 0) - clock.now();
    return left > 0 ? left : undefined;
  }

  function blockedMs(method: string): number {
    const found = blocks.get(method);
    return found ? Math.min(Math.max(1, found.until - clock.now()), longestBlockMs) : 0;
  }

  return {
    note(method, time) {
      const ms = resetMs(time, clock.now());
      if (ms !== undefined) resetsAt.set(method, clock.now() + ms);
    },
    block,
    blockedMs,
    whenLifted: (method) => blocks.get(method)?.lifted ?? Promise.resolve(),
    onLifted: (listener) => void listeners.push(listener),
    close() {
      for (const { cancel } of blocks.values()) cancel();
    },
  };
}

function signalled(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((resolvePromise) => (resolve = resolvePromise));
  return { promise, resolve };
}

/** Waits while the method is blocked, but not longer than `patienceMs` in all. Gives the patience that is left. */
export async function waitUntilFree(
  ledger: OperatingLedger,
  method: string,
  patienceMs: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let left = patienceMs;
  for (let ms = ledger.blockedMs(method); ms > 0; ms = ledger.blockedMs(method)) {
    left -= ms;
    if (left < 0) throw overdrawn(method);
    await unlessAborted(ledger.whenLifted(method), signal);
  }
  return left;
}

export function overdrawn(method: string): RefusedError {
  const reason = 'OPERATION_TIME_LIMIT';
  return new RefusedError('BITRIX_RATE_LIMIT', `${method}: ${reason}, and waiting did not help`, {
    serviceCode: reason,
    params: { method, reason },
  });
}

/** A method whose operating time is used up waits; all others go on. */
export function holdOverdrawnMethods(ledger: OperatingLedger): CallPolicy {
  return (next) => async (call) => {
    const { method, signal } = call;
    for (let patienceMs = operatingPatienceMs; ;) {
      patienceMs = await waitUntilFree(ledger, method, patienceMs, signal);
      try {
        return await next(call);
      } catch (error) {
        if (!isMethodOverdrawn(error)) throw error;
        ledger.block(method, error.retryAfterMs);
      }
    }
  };
}

export function noteOperatingTime(ledger: OperatingLedger): CallPolicy {
  return (next) => async (call) => {
    const answer = await next(call);
    ledger.note(call.method, answer.time);
    return answer;
  };
}

import { startTimer, type Clock } from '../../core/clock';
import { CancelledError } from '../../core/errors';
import { retryDelay, type RetryPolicy } from '../../core/retry';
import { onAbort } from './stop';

/** A leaky bucket: every request adds one, `perSecond` run out. */
export interface BucketRules {
  readonly perSecond: number;
  readonly bucket: number;
}

/** Leave to make one request. */
export interface Turn {
  /** The portal took the request. */
  accepted(): void;
  /** The portal refused it for the rate: everybody waits. */
  refused(retryAfterMs?: number): void;
  /** No request was made after all. */
  giveBack(): void;
}

export interface PortalLimiter {
  /** In order of asking; urgent ones go before the others, but do not shut them out. */
  enter(options?: { urgent?: boolean | undefined; signal?: AbortSignal | undefined }): Promise<Turn>;
  /** A turn, if one is free now and nobody is waiting for it. */
  tryEnter(): Turn | undefined;
  /** How many requests could leave now. */
  room(): number;
  /** Nobody waits and the bucket has run out: a new limiter would know as much. */
  isIdle(): boolean;
}

interface Waiter {
  admit(turn: Turn): void;
}

/** The portal counts when requests arrive, not when they leave, so they may bunch up on the way. */
const distanceFromBrim = 0.1;
const urgentInARow = 4;
const pausePolicy: RetryPolicy = { attempts: Infinity, baseMs: 1000, factor: 2, capMs: 30_000, jitter: 0.1 };
const longestPauseMs = 10 * 60_000;
const slowest = 0.25;
const acceptedBeforeFaster = 20;

export function createLimiter(options: {
  rules: () => BucketRules;
  clock: Clock;
  random?: (() => number) | undefined;
}): PortalLimiter {
  const { rules, clock, random } = options;
  const urgent = new Set<Waiter>();
  const ordinary = new Set<Waiter>();
  let urgentServed = 0;
  let level = 0;
  let countedAt = clock.now();
  // The bucket may be shared with programs behind the same address, so after refusals it drains slower for us.
  let pace = 1;
  let acceptedSoFar = 0;
  /** Turns of an earlier era were given before the last refusal: their refusals tell nothing new. */
  let era = 0;
  let refusalsInARow = 0;
  let pause: { startedAt: number; ms: number } | undefined;
  let cancelWakeUp: (() => void) | undefined;

  const usable = (): number => rules().bucket * (1 - distanceFromBrim);
  const perMs = (): number => (rules().perSecond * pace) / 1000;

  function drain(): void {
    const now = clock.now();
    level = Math.max(0, level - Math.max(0, now - countedAt) * perMs());
    countedAt = now;
  }

  function pauseLeftMs(): number {
    if (!pause) return 0;
    const now = clock.now();
    // The wall clock was set back: nobody knows how long the pause has lasted.
    if (now < pause.startedAt) pause = { ...pause, startedAt: now };
    const left = pause.startedAt + pause.ms - now;
    if (left <= 0) pause = undefined;
    return Math.max(0, left);
  }

  function room(): number {
    if (pauseLeftMs() > 0) return 0;
    drain();
    // A rounding error must not cost a turn.
    return Math.max(0, Math.floor(usable() - level + 1e-6));
  }

  function takeTurn(): Turn {
    level += 1;
    const given = era;
    return {
      accepted: () => noteAccepted(given),
      refused: (retryAfterMs) => noteRefused(given, retryAfterMs),
      giveBack: () => {
        level = Math.max(0, level - 1);
        serve();
      },
    };
  }

  function noteAccepted(given: number): void {
    if (given !== era) return;
    refusalsInARow = 0;
    acceptedSoFar += 1;
    if (acceptedSoFar % acceptedBeforeFaster === 0) pace = Math.min(1, pace * 1.1);
  }

  function noteRefused(given: number, retryAfterMs: number | undefined): void {
    drain();
    level = Math.max(level, rules().bucket);
    if (given === era) {
      era += 1;
      refusalsInARow += 1;
      acceptedSoFar = 0;
      pace = Math.max(slowest, pace * 0.8);
    }
    const ownMs = retryDelay(pausePolicy, refusalsInARow, random);
    const ms = Math.min(retryAfterMs ?? ownMs, longestPauseMs);
    if (ms > pauseLeftMs()) pause = { startedAt: clock.now(), ms };
  }

  function nextWaiter(): Waiter | undefined {
    const [patient] = ordinary;
    const [pressing] = urgent;
    const isOrdinaryDue = urgentServed >= urgentInARow && patient !== undefined;
    const next = isOrdinaryDue ? patient : (pressing ?? patient);
    if (!next) return undefined;
    urgentServed = next === pressing ? urgentServed + 1 : 0;
    urgent.delete(next);
    ordinary.delete(next);
    return next;
  }

  function serve(): void {
    for (let left = room(); left > 0; left -= 1) {
      const waiter = nextWaiter();
      if (!waiter) return;
      waiter.admit(takeTurn());
    }
    scheduleWakeUp();
  }

  function scheduleWakeUp(): void {
    if (cancelWakeUp || urgent.size + ordinary.size === 0) return;
    const untilRoomMs = Math.max(pauseLeftMs(), (level + 1 - usable()) / perMs());
    cancelWakeUp = startTimer(clock, Math.max(1, Math.ceil(untilRoomMs)), () => {
      cancelWakeUp = undefined;
      serve();
    });
  }

  function tryEnter(): Turn | undefined {
    return urgent.size + ordinary.size === 0 && room() > 0 ? takeTurn() : undefined;
  }

  function enter({
    urgent: isUrgent = false,
    signal,
  }: Parameters<PortalLimiter['enter']>[0] = {}): Promise<Turn> {
    if (signal?.aborted) return Promise.reject(new CancelledError());
    const free = tryEnter();
    if (free) return Promise.resolve(free);
    const line = isUrgent ? urgent : ordinary;
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        admit: (turn) => {
          stopListening();
          resolve(turn);
        },
      };
      const stopListening = onAbort(signal, () => {
        line.delete(waiter);
        if (urgent.size + ordinary.size === 0) dropWakeUp();
        reject(new CancelledError());
      });
      line.add(waiter);
      scheduleWakeUp();
    });
  }

  /** A timer that nobody waits for would keep the process alive. */
  function dropWakeUp(): void {
    cancelWakeUp?.();
    cancelWakeUp = undefined;
  }

  function isIdle(): boolean {
    if (pauseLeftMs() > 0 || urgent.size + ordinary.size > 0) return false;
    drain();
    return level === 0;
  }

  return { enter, tryEnter, room, isIdle };
}

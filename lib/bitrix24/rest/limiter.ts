import { startTimer, type Clock } from '../../core/clock';
import { CancelledError } from '../../core/errors';
import { onAbort } from '../../core/unless-aborted';
import { createBucket, usableOf, type BucketRules } from './bucket';
import { createSharedLot, type SharedBucket } from './shared-lot';

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

const urgentInARow = 4;
/** Who cannot ask the others leaves them their part of the portal's limit, as if there were another one at least. */
const fewestSharers = 2;
/** However many they are: with less room no request would ever leave. */
const smallestBucket = 2;

export interface LimiterOptions {
  rules: () => BucketRules;
  clock: Clock;
  random?: (() => number) | undefined;
  /** Where others count against the same limit, as long as somebody knows of them. */
  shared?: (() => SharedBucket | undefined) | undefined;
}

export function createLimiter(options: LimiterOptions): PortalLimiter {
  const { clock, random, shared = () => undefined } = options;
  const urgent = new Set<Waiter>();
  const ordinary = new Set<Waiter>();
  let urgentServed = 0;
  let cancelWakeUp: (() => void) | undefined;

  const bucket = createBucket(() => (isAlone() ? aloneRules() : options.rules()), clock, random);
  const lot = createSharedLot({
    ...{ clock, rules: options.rules, random: random ?? Math.random },
    bucket: async (report) => (shared() ?? gone)(report),
    level: bucket.level,
    onLevel: bucket.setLevel,
    // Full as it may be, the share of this one begins to run out now.
    onAway: () => bucket.setLevel(Math.min(bucket.level(), usableOf(aloneRules()))),
  });

  const isJoined = (): boolean => shared() !== undefined && lot.isJoined();
  const isAlone = (): boolean => shared() !== undefined && !lot.isJoined();

  function aloneRules(): BucketRules {
    const { perSecond, bucket: size } = options.rules();
    const sharers = Math.max(fewestSharers, lot.sharers());
    return { perSecond: perSecond / sharers, bucket: Math.max(smallestBucket, size / sharers) };
  }

  function room(): number {
    if (!isJoined()) return bucket.room();
    return bucket.pauseLeftMs() > 0 ? 0 : lot.left();
  }

  function takeTurn(): Turn {
    const taken = isJoined() ? lot.take() : undefined;
    if (!taken) bucket.add(1);
    const isUnasked = isAlone();
    if (isUnasked) lot.tookAlone(1);
    if (isUnasked) lot.joinAgain(serveAnew);
    const era = bucket.era();
    return {
      accepted() {
        bucket.noteAccepted(era);
        taken?.accepted();
      },
      refused(retryAfterMs) {
        bucket.noteRefused(era, retryAfterMs);
        taken?.refused(retryAfterMs);
      },
      giveBack() {
        if (taken) taken.giveBack();
        else bucket.add(-1);
        if (isUnasked) lot.tookAlone(-1);
        serve();
      },
    };
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

  const waiting = (): number => urgent.size + ordinary.size;

  /** What was waited for may not be what counts now. */
  function serveAnew(): void {
    dropWakeUp();
    serve();
  }

  function scheduleWakeUp(): void {
    if (cancelWakeUp || waiting() === 0) return;
    const isAsked = isJoined();
    const untilRoomMs = isAsked ? Math.max(bucket.pauseLeftMs(), lot.untilAskMs()) : bucket.untilRoomMs();
    if (isAsked && untilRoomMs === 0) return lot.refill(waiting(), serveAnew);
    cancelWakeUp = startTimer(clock, Math.max(1, Math.ceil(untilRoomMs)), () => {
      cancelWakeUp = undefined;
      serve();
    });
  }

  function tryEnter(): Turn | undefined {
    return waiting() === 0 && room() > 0 ? takeTurn() : undefined;
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
        if (waiting() === 0) dropWakeUp();
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
    return bucket.pauseLeftMs() === 0 && waiting() === 0 && lot.isIdle() && bucket.level() === 0;
  }

  return { enter, tryEnter, room, isIdle };
}

const gone: SharedBucket = () => Promise.reject(new CancelledError());

import type { Clock } from '../../core/clock';
import { retryDelay, type RetryPolicy } from '../../core/retry';

/** A leaky bucket: every request adds one, `perSecond` run out. */
export interface BucketRules {
  readonly perSecond: number;
  readonly bucket: number;
}

/** How full the portal's bucket is, as far as this process can tell, and how long it must be left alone. */
export interface Bucket {
  /** How many requests it takes now. */
  room(): number;
  untilRoomMs(): number;
  pauseLeftMs(): number;
  readonly level: () => number;
  /** Somebody knows better. */
  readonly setLevel: (level: number) => void;
  add(requests: number): void;
  /** Outcomes of requests that began in this era; what an earlier one is told, is old news. */
  era(): number;
  noteAccepted(era: number): void;
  noteRefused(era: number, retryAfterMs: number | undefined): void;
}

/** The portal counts when requests arrive, not when they leave, so they may bunch up on the way. */
const distanceFromBrim = 0.1;
const pausePolicy: RetryPolicy = { attempts: Infinity, baseMs: 1000, factor: 2, capMs: 30_000, jitter: 0.1 };
const longestPauseMs = 10 * 60_000;
const slowest = 0.25;
const acceptedBeforeFaster = 20;

export const usableOf = ({ bucket }: BucketRules): number => bucket * (1 - distanceFromBrim);

export function createBucket(rules: () => BucketRules, clock: Clock, random?: () => number): Bucket {
  let level = 0;
  let countedAt = clock.now();
  // The bucket may be shared with programs behind the same address, so after refusals it drains slower for us.
  let pace = 1;
  let acceptedSoFar = 0;
  let era = 0;
  let refusalsInARow = 0;
  let pause: { startedAt: number; ms: number } | undefined;

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

  function drained(): number {
    drain();
    return level;
  }

  return {
    room() {
      if (pauseLeftMs() > 0) return 0;
      // A rounding error must not cost a turn.
      return Math.max(0, Math.floor(usableOf(rules()) - drained() + 1e-6));
    },
    untilRoomMs: () => Math.max(pauseLeftMs(), (level + 1 - usableOf(rules())) / perMs()),
    pauseLeftMs,
    level: drained,
    setLevel(known) {
      drain();
      level = known;
    },
    add(requests) {
      level = Math.max(0, level + requests);
    },
    era: () => era,
    noteAccepted(given) {
      if (given !== era) return;
      refusalsInARow = 0;
      acceptedSoFar += 1;
      if (acceptedSoFar % acceptedBeforeFaster === 0) pace = Math.min(1, pace * 1.1);
    },
    noteRefused(given, retryAfterMs) {
      level = Math.max(drained(), rules().bucket);
      if (given === era) {
        era += 1;
        refusalsInARow += 1;
        acceptedSoFar = 0;
        pace = Math.max(slowest, pace * 0.8);
      }
      const ownMs = retryDelay(pausePolicy, refusalsInARow, random);
      const ms = Math.min(retryAfterMs ?? ownMs, longestPauseMs);
      if (ms > pauseLeftMs()) pause = { startedAt: clock.now(), ms };
    },
  };
}

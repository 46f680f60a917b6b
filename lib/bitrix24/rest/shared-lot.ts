import { startTimer, type Clock } from '../../core/clock';
import type { BudgetGrant, BudgetRefusal, BudgetReport } from '../../store/shared-budget';
import { usableOf, type BucketRules } from './bucket';

/** One bucket of a shared budget. */
export type SharedBucket = (report: BudgetReport) => Promise<BudgetGrant>;

export interface SharedLotOptions {
  bucket: SharedBucket;
  rules: () => BucketRules;
  clock: Clock;
  random: () => number;
  /** How full the bucket is, as far as this process can tell. */
  level: () => number;
  /** How full it really is; told with each answer. */
  onLevel: (level: number) => void;
  /** From now on the others cannot be asked. */
  onAway: () => void;
}

/**
 * The turns that this process has taken out of the shared bucket and not used yet. They are few and do not last: the
 * bucket drains meanwhile, so what is held back for long would be more than the portal allows.
 */
export interface SharedLot {
  /** False from when the others could not be asked, or gave no answer in time, until they do: everybody reckons alone. */
  isJoined(): boolean;
  /** How many count against the bucket, this one included; as last heard. */
  sharers(): number;
  /** So many turns were taken without asking, or given back. */
  tookAlone(turns: number): void;
  /** While they could not be asked: now and then tries whether they can, and calls back when they can. */
  joinAgain(onNews: () => void): void;
  left(): number;
  take(): LotTurn;
  /** Asks for turns, for so many who wait; calls back when there is something new. One question at a time. */
  refill(waiting: number, onNews: () => void): void;
  /** How long it makes no sense to ask again; 0 while an answer is awaited. */
  untilAskMs(): number;
  isIdle(): boolean;
}

export interface LotTurn {
  accepted(): void;
  refused(retryAfterMs: number | undefined): void;
  giveBack(): void;
}

const mostAtOnce = 5;
const lotLastsMs = 1000;
const askAgainMs = 1000;
/** A call is not held up for longer by a store that is slow; a quick one answers within a few milliseconds. */
const patienceMs = 250;

export function createSharedLot(options: SharedLotOptions): SharedLot {
  const { bucket, rules, clock, random, level, onLevel, onAway } = options;
  let left = 0;
  let era = 0;
  let accepted = 0;
  let takenAlone = 0;
  let sharers = 1;
  let askFrom: { since: number; ms: number } | undefined;
  let awaySince: number | undefined;
  let isAsking = false;
  let tellNews = (): void => undefined;
  let cancelReturn: (() => void) | undefined;

  function untilAskMs(): number {
    if (!askFrom) return 0;
    const past = clock.now() - askFrom.since;
    // The wall clock was set back.
    if (past < 0) askFrom = { ...askFrom, since: clock.now() };
    if (past >= askFrom.ms) askFrom = undefined;
    return askFrom ? Math.max(1, askFrom.ms - Math.max(0, past)) : 0;
  }

  function nextReport(): BudgetReport {
    const { perSecond, bucket: size } = rules();
    // What was taken long ago has run out again.
    const taken = Math.min(takenAlone, level());
    const told = { taken, accepted, era };
    takenAlone = 0;
    accepted = 0;
    const plain = { need: 0, spare: 0, back: 0, least: 0, refusal: undefined };
    return { ...plain, ...told, perSecond, bucket: size, usable: usableOf(rules()) };
  }

  /** None when no answer came, or only when nobody waited for it any more. */
  async function settle(wish: Partial<BudgetReport>): Promise<BudgetGrant | undefined> {
    const report = { ...nextReport(), ...wish };
    let isLate = false;
    const stopWaiting = startTimer(clock, patienceMs, () => {
      isLate = true;
      goAlone();
    });
    try {
      const grant = await bucket(report);
      era = grant.era;
      sharers = grant.sharers;
      if (isLate) return void returnUnused(grant.granted);
      onLevel(grant.level);
      awaySince = undefined;
      return grant;
    } catch {
      takenAlone += report.taken;
      goAlone();
      return undefined;
    } finally {
      stopWaiting();
    }
  }

  function goAlone(): void {
    if (awaySince === undefined) onAway();
    awaySince = clock.now();
    left = 0;
    askFrom = undefined;
    tellNews();
  }

  async function ask(waiting: number): Promise<void> {
    const need = Math.min(waiting, mostAtOnce);
    const grant = await settle({ need, spare: mostAtOnce - need });
    if (!grant) return;
    left += grant.granted;
    if (grant.granted > 0) returnLater();
    else putOff(grant.waitMs);
  }

  /** With a share left to chance: the one who is nearest to the store would always be the first otherwise. */
  function putOff(ms: number): void {
    askFrom = { since: clock.now(), ms: ms + (random() * 500) / rules().perSecond };
  }

  function returnLater(): void {
    cancelReturn ??= startTimer(clock, lotLastsMs, () => {
      cancelReturn = undefined;
      const back = left;
      left = 0;
      returnUnused(back);
    });
  }

  function returnUnused(back: number): void {
    if (back > 0) tell({ back });
  }

  function tell(wish: Partial<BudgetReport>): void {
    settle(wish).catch(() => undefined);
  }

  function whileAsking(question: () => Promise<unknown>, onNews: () => void): void {
    if (isAsking) return;
    isAsking = true;
    tellNews = onNews;
    question()
      .finally(() => {
        isAsking = false;
        onNews();
      })
      .catch(() => undefined);
  }

  function refused(refusal: BudgetRefusal): void {
    left = 0;
    tell({ refusal });
  }

  return {
    isJoined: () => awaySince === undefined,
    sharers: () => sharers,
    tookAlone(turns) {
      takenAlone = Math.max(0, takenAlone + turns);
    },
    joinAgain(onNews) {
      const awayMs = awaySince === undefined ? 0 : clock.now() - awaySince;
      // The wall clock may have been set back.
      if (awayMs < 0 || awayMs >= askAgainMs) whileAsking(() => settle({ least: level() }), onNews);
    },
    left: () => left,
    take() {
      left -= 1;
      const given = era;
      return {
        accepted() {
          if (given === era) accepted += 1;
        },
        refused: (retryAfterMs) => refused({ era: given, retryAfterMs, chance: random() }),
        giveBack() {
          left += 1;
          returnLater();
        },
      };
    },
    refill: (waiting, onNews) => whileAsking(() => ask(waiting), onNews),
    untilAskMs: () => (isAsking ? 0 : untilAskMs()),
    isIdle: () => left === 0 && !isAsking,
  };
}

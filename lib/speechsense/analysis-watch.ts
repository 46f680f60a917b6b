import { CancelledError, InvalidError, toError } from '../core/errors';
import { textAt } from '../core/fields';
import { onAbort } from '../core/unless-aborted';
import { analysisFailed, hasFailed, isNotYet, isReady, mayPass, notReady } from './analysis-outcome';
import { readTalk, type Talk } from './talk';
import {
  askForTalks,
  mostIds,
  resultNames,
  type GetRequest,
  type ResultName,
  type TalkReading,
} from './talks';

export interface WaitRequest extends GetRequest {
  /** `text`: as soon as it can be read. `everything`: when nothing more is being worked on. */
  readonly until?: 'text' | 'everything';
  readonly pausesMs?: readonly number[];
  readonly limitMs?: number;
}

/** Everybody who waits for talks of one connection, behind one reader that looks at many talks at once. */
export interface AnalysisWatch {
  wait(talkId: string, wanted?: WaitRequest): Promise<Talk>;
  close(): void;
}

interface Waiter {
  readonly talkId: string;
  readonly wanted: WaitRequest;
  readonly startedAt: number;
  dueAt: number;
  round: number;
  /** Only those of one lot are looked at together. */
  lot: number;
  /** Why the last look showed nothing. */
  trouble: Error | undefined;
  readonly resolve: (talk: Talk) => void;
  readonly reject: (error: Error) => void;
}

const usualPausesMs = [10_000, 30_000, 60_000, 300_000];
const usualLimitMs = 3 * 3600_000;
/** Talks that are due in the same second are looked at together. */
const togetherMs = 1000;
/** The lot of everybody whose talk is not known to be missing. */
const commonLot = 0;

export function createAnalysisWatch(reading: TalkReading): AnalysisWatch {
  const { clock } = reading.caller;
  const waiters = new Set<Waiter>();
  const closing = new AbortController();
  let nap = new AbortController();
  let isRunning = false;
  let lastLot = commonLot;

  function wait(talkId: string, wanted: WaitRequest = {}): Promise<Talk> {
    const { signal } = wanted;
    if (closing.signal.aborted || signal?.aborted) return Promise.reject(new CancelledError());
    const id = talkId.trim();
    if (id === '') {
      const params = { what: 'talkId' };
      return Promise.reject(new InvalidError('INPUT_INVALID', 'there is no talk id', { params }));
    }
    return new Promise((resolve, reject) => {
      const startedAt = clock.now();
      const leave = (): void => {
        waiters.delete(waiter);
        stopListening();
      };
      const waiter: Waiter = {
        ...{ talkId: id, wanted, startedAt, dueAt: startedAt },
        ...{ round: 0, lot: commonLot, trouble: undefined },
        resolve: (talk) => (leave(), resolve(talk)),
        reject: (error) => (leave(), reject(error), nap.abort()),
      };
      const stopListening = onAbort(signal, () => waiter.reject(new CancelledError()));
      waiters.add(waiter);
      nap.abort();
      if (!isRunning) run().catch(failAll);
    });
  }

  async function run(): Promise<void> {
    isRunning = true;
    try {
      // Those who come one after the other in this moment are looked at together.
      await Promise.resolve();
      let now = clock.now();
      while (waiters.size > 0) {
        const nextAt = Math.min(...[...waiters].map(({ dueAt }) => dueAt));
        const lookAt = Math.max(nextAt, reading.budget.freeAt(now));
        if (lookAt > now) now = await rest(lookAt, now);
        else {
          await lookAtDue(now);
          now = clock.now();
        }
      }
    } finally {
      isRunning = false;
    }
  }

  /** After a whole rest it is the time that was waited for, whatever the wall clock says meanwhile. */
  async function rest(until: number, now: number): Promise<number> {
    nap = new AbortController();
    return clock.sleep(until - now, nap.signal).then(
      () => Math.max(until, clock.now()),
      () => clock.now(),
    );
  }

  async function lookAtDue(now: number): Promise<void> {
    const due = [...waiters]
      .filter(({ dueAt }) => dueAt <= now)
      .toSorted((one, other) => one.dueAt - other.dueAt);
    const lot = due[0]?.lot;
    const most = Math.min(mostIds, reading.budget.room(now));
    const wanted = due.filter((waiter) => waiter.lot === lot).map(({ talkId }) => talkId);
    const ids = [...new Set(wanted)].slice(0, most);
    await look(
      ids,
      due.filter(({ talkId }) => ids.includes(talkId)),
    );
  }

  async function look(ids: readonly string[], due: readonly Waiter[]): Promise<void> {
    reading.budget.spend(ids.length, clock.now());
    let talks: unknown[] = [];
    let trouble: Error | undefined;
    try {
      talks = await askForTalks(reading, ids, { results: wantedBy(due), signal: closing.signal });
    } catch (thrown) {
      trouble = toError(thrown);
      if (isNotYet(trouble) && ids.length > 1) return halve(ids, due);
    }
    for (const waiter of due) {
      const raw = talks.find((talk) => textAt(talk, 'id') === waiter.talkId);
      conclude(waiter, raw, trouble);
    }
  }

  /** One that is not in its project yet spoils the answer for the others: the halves stay due, each by itself. */
  function halve(ids: readonly string[], due: readonly Waiter[]): void {
    const half = new Set(ids.slice(0, Math.ceil(ids.length / 2)));
    const [one, other] = [(lastLot += 1), (lastLot += 1)];
    for (const waiter of due) waiter.lot = half.has(waiter.talkId) ? one : other;
  }

  function conclude(waiter: Waiter, raw: unknown, trouble: Error | undefined): void {
    if (!waiters.has(waiter)) return;
    if (trouble && !isNotYet(trouble) && !mayPass(trouble)) return waiter.reject(trouble);
    const talk = raw === undefined ? undefined : readTalk(raw, waiter.wanted.speakers);
    if (talk && hasFailed(talk.state)) return waiter.reject(analysisFailed());
    if (talk && isReady(talk.state, waiter.wanted.until ?? 'everything')) return waiter.resolve(talk);
    waiter.trouble = trouble;
    // One that is missing stays by itself, so that it spoils no other look.
    if (!trouble) waiter.lot = commonLot;
    postpone(waiter);
  }

  function postpone(waiter: Waiter): void {
    const { pausesMs = usualPausesMs, limitMs = usualLimitMs } = waiter.wanted;
    const now = clock.now();
    const endsAt = waiter.startedAt + limitMs;
    if (now >= endsAt) return waiter.reject(notReady(limitMs, waiter.trouble));
    const pauseMs = pausesMs[Math.min(waiter.round, pausesMs.length - 1)] ?? 0;
    const step = pauseMs >= 10 * togetherMs ? togetherMs : 1;
    waiter.round += 1;
    waiter.dueAt = Math.min(Math.ceil((now + pauseMs) / step) * step, endsAt);
  }

  function failAll(thrown: unknown): void {
    for (const waiter of waiters) waiter.reject(toError(thrown));
  }

  return {
    wait,
    close() {
      closing.abort(new CancelledError());
      failAll(new CancelledError());
    },
  };
}

function wantedBy(waiters: readonly Waiter[]): readonly ResultName[] {
  const wanted = new Set(waiters.flatMap(({ wanted: { results } }) => results ?? resultNames));
  return [...wanted.add('talk_state')];
}

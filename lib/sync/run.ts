import { setMaxListeners } from 'node:events';
import type { Clock } from '../core/clock';
import type { Absences } from './absences';
import type { Blame } from './blame';
import { createCondition, type Condition } from './condition';
import type { FailedRows } from './failed-rows';
import type { LateRows } from './late-rows';
import { untilRecorded } from './patience';
import type { Place } from './place';
import type { Progress } from './progress';
import { createQueue } from './queue';
import { createRowEnds } from './row-ends';
import { createRowLooks } from './row-looks';
import { createSettling } from './settling';
import { createSlots } from './slots';
import type { Deliver, SyncSource } from './source';
import type { CursorListeners } from './types';
import type { Wishes } from './wishes';

export interface RunDesk<T> {
  source: SyncSource<T>;
  deliver: Deliver<T>;
  clock: Clock;
  inFlight: number;
  attempts: number;
  pausesMs: readonly number[];
  place: Place;
  late: LateRows;
  failed: FailedRows;
  blame: Blame;
  absences: Absences;
  listeners: CursorListeners;
  changed: () => void;
  wishes: Wishes;
  isByPerson: () => boolean;
  /** Lets go of everything at once. */
  closing: AbortSignal;
}

export interface Run {
  readonly progress: Progress;
  inFlight(): number;
  has(id: number): boolean;
  /** A new wish has come. */
  look(): void;
  /** Nothing new from now on. */
  stop(): void;
  /** Resolves when all is done that is wished for, rejects when it could not be; nothing is in hand then. */
  work(): Promise<void>;
}

export function createRun<T>(desk: RunDesk<T>, progress: Progress): Run {
  const { place, late, failed, blame, clock, wishes, closing } = desk;
  const stopping = new AbortController();
  // Every row that waits for its next try listens to it.
  setMaxListeners(0, stopping.signal);
  const stop = (): void => stopping.abort();
  const condition: Condition = createCondition();
  let broken: { thrown: unknown } | undefined;
  const slots = createSlots(desk.inFlight, condition, (thrown) => {
    broken ??= { thrown };
    stop();
  });
  const record = (write: () => Promise<unknown>): Promise<void> => untilRecorded(write, clock, closing);
  const ends = createRowEnds({ ...desk, progress, record, now: () => clock.now() });
  const save = async (): Promise<void> => {
    if (place.isMoved()) await record(() => place.save());
  };

  const queue = createQueue({ place, late, failed, blame, isInHand: (id) => slots.has(id) });
  const settling = createSettling<T>({ blame, ends });
  const looks = createRowLooks<T>({
    ...{ ...desk, ...settling, progress, ends, slots, condition, record, save, takeTurns },
    forTrial: () => queue.forTrial(),
    stopping: stopping.signal,
  });
  let isListWanted = false;

  /** A portion of all that waits, so that nothing waits for everything else. True when there was something. */
  async function takeTurns(): Promise<boolean> {
    const wish = wishes.take();
    if (wish) progress.expect(queue.add(wish));
    isListWanted ||= wish?.rows === true;
    const portions = queue.portions(isListWanted && blame.isOutage());
    for (const portion of portions) await looks.lookAgain(portion);
    return portions.length > 0;
  }

  /** One row alone, to see whether anything goes well again. When it does not, that ends the run. */
  async function probe(): Promise<void> {
    const suspects = [...place.open(), ...late.ids('all').filter((id) => blame.isSuspect(id))];
    const ids = suspects.filter((id) => queue.isReady(id)).sort((left, right) => left - right);
    const mayBeNew = place.openCount() < desk.inFlight + mostProbes;
    const chosen = blame.nextProbe(ids, mayBeNew);
    if (chosen === 'new') await looks.readList(true);
    else if (chosen !== undefined)
      await looks.lookAgain({ ids: [chosen], origin: queue.originOf(chosen), attempts: 1 });
    if (ids.length === 0) blame.forgetAll();
    await condition.until(() => slots.count() === 0, stopping.signal);
  }

  async function fulfilAll(): Promise<void> {
    blame.beginRun();
    await save();
    while (!stopping.signal.aborted) {
      const wasBusy = await takeTurns();
      if (isListWanted && blame.isOutage()) {
        await probe();
      } else if (isListWanted) {
        isListWanted = false;
        await looks.readList(false);
      } else if (!wasBusy) {
        if (slots.count() === 0 && wishes.isEmpty()) {
          const rest = queue.rest();
          if (rest.length === 0) return desk.isByPerson() ? settling.listTheLast() : undefined;
          for (const portion of rest) await looks.lookAgain(portion);
          continue;
        }
        const before = slots.count();
        await condition.until(() => slots.count() < before || !wishes.isEmpty(), stopping.signal);
      }
    }
  }

  async function work(): Promise<void> {
    closing.addEventListener('abort', stop, { once: true });
    if (closing.aborted) stop();
    try {
      await fulfilAll();
      // What stayed open is met again by the next run.
      const suspicion = settling.suspicion();
      if (suspicion && !stopping.signal.aborted) throw suspicion;
    } catch (thrown) {
      // Its own end, when it was stopped.
      if (!stopping.signal.aborted) broken ??= { thrown };
    }
    await condition.until(() => slots.count() === 0);
    closing.removeEventListener('abort', stop);
    // A count may still be under way.
    stop();
    if (broken) throw broken.thrown;
    await record(save);
  }

  return {
    progress,
    inFlight: () => slots.count(),
    has: (id) => slots.has(id),
    look: () => condition.look(),
    stop,
    work,
  };
}

/** So many rows may stay open in an outage, beside those that were in hand: each was a probe. */
const mostProbes = 50;

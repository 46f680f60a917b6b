import { setMaxListeners } from 'node:events';
import type { Clock } from '../core/clock';
import type { Absences } from './absences';
import { haltedBy, type Blame } from './blame';
import { createCondition, type Condition } from './condition';
import type { FailedRows } from './failed-rows';
import { handOut, type HandOutRules, type RowEnd } from './hand-out';
import type { LateRows } from './late-rows';
import { untilRecorded } from './patience';
import type { Place } from './place';
import type { Progress } from './progress';
import { createQueue, type Portion } from './queue';
import { groupsById, oddList, pagesInOrder } from './reading';
import { createRowEnds, type Origin } from './row-ends';
import { judge } from './row-label';
import { createSlots } from './slots';
import { idsAtOnce, type Deliver, type SyncRow, type SyncSource } from './source';
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
  const { source, place, late, failed, blame, absences, clock, wishes, closing } = desk;
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
  const rules: HandOutRules = { ...desk, stopping: stopping.signal };
  const record = (write: () => Promise<unknown>): Promise<void> => untilRecorded(write, clock, closing);
  const ends = createRowEnds({ ...desk, progress, record, now: () => clock.now() });
  const save = async (): Promise<void> => {
    if (place.isMoved()) await record(() => place.save());
  };

  const queue = createQueue({ place, late, failed, blame, isInHand: (id) => slots.has(id) });
  let isListWanted = false;
  /** Why rows of this run stayed open, until one goes well. */
  let suspicion: Error | undefined;
  let haltedRetries = 0;
  /** Suspects of this run. */
  const left = new Map<number, () => Promise<void>>();

  /** When there is room for it. */
  async function begin(row: SyncRow<T>, how: HandingOut): Promise<void> {
    const { origin, isTrial = false, attempts = desk.attempts } = how;
    await condition.until(() => slots.isFree(), stopping.signal);
    if (origin === 'list') place.begin(row.id);
    if (isTrial) blame.beginTrial(row.id);
    slots.begin(row.id, async () => {
      const before = origin === 'failed' ? await triesOf(row.id) : blame.tries(row.id);
      const visit = { isLate: origin === 'late', before };
      const end = await handOut(row.item, desk.deliver, { ...rules, attempts }, visit);
      await settle(row, origin, end);
    });
    desk.changed();
  }

  async function settle(row: SyncRow<T>, origin: Origin, end: RowEnd): Promise<void> {
    if (end.how === 'finished') {
      suspicion = undefined;
      haltedRetries = 0;
      blame.wentWell(row.id);
    }
    const failure = failureIn(end);
    if (!failure) {
      // An end that is open says nothing.
      if (end.how !== 'open') blame.forget(row.id);
      return end.how === 'halted' ? undefined : ends.delivered(row, origin, end);
    }
    if (origin === 'failed') return retryFailed(row, failure);
    left.delete(row.id);
    const fault = blame.failed(row.id, failure.tries, failure.isHalt);
    if (fault === 'row') return ends.delivered(row, origin, failedEnd(failure));
    suspicion = failure.error;
    left.set(row.id, () => ends.delivered(row, origin, failedEnd(failure)));
    if (fault === 'all') throw failure.error;
  }

  /** It stays in its list, whoever is to blame; when all of them are halted, the rest is no use. */
  async function retryFailed(row: SyncRow<T>, failure: OpenFailure): Promise<void> {
    await ends.delivered(row, 'failed', failedEnd(failure));
    if (failure.isHalt) haltedRetries += 1;
    if (haltedRetries > fewHaltedRetries) throw failure.error;
  }

  async function triesOf(id: number): Promise<number> {
    let tries = 0;
    await record(async () => (tries = await failed.tries(id)));
    return tries;
  }

  /** Rows that are on record one by one are asked for anew: what they were when they were put there is long past. */
  async function lookAgain({ ids, ...how }: Portion): Promise<void> {
    const { origin } = how;
    for await (const group of groupsById(source, ids, stopping.signal)) {
      for (const [id, row] of group) {
        if (row) absences.seen(id);
        const isBegun = row ? await lookAt(row, how) : await ends.missing(id, origin);
        if (isBegun !== true) blame.forget(id);
      }
      await save();
      // Rather a right that is lost than rows that are gone.
      const isNothing = [...group.values()].every((row) => row === undefined);
      if (group.size > 1 && isNothing) throw oddList('none of the rows that were asked for');
    }
  }

  /** True when it is in hand now. */
  async function lookAt(row: SyncRow<T>, how: HandingOut): Promise<boolean> {
    const { origin } = how;
    const verdict = judge(source, row.item);
    // A person asked for a failed one, whatever the filters say by now.
    const isWanted = verdict === 'wanted' || (verdict === 'unwanted' && origin === 'failed');
    if (typeof verdict === 'object') await ends.unjudged(row, origin, verdict.reason);
    else if (verdict === 'late') await ends.late(row, origin);
    else if (isWanted) await begin(row, how);
    else await ends.unwanted(row.id, origin);
    return isWanted;
  }

  /** As a probe it ends with the first row that is handed out. */
  async function readList(isProbe: boolean): Promise<void> {
    const after = place.reached();
    let isFirst = true;
    progress.beginList();
    try {
      for await (const page of pagesInOrder(source, after, stopping.signal)) {
        progress.listed(page.length);
        if (isFirst) countList(after);
        isFirst = false;
        for (let start = 0; start < page.length; start += idsAtOnce) {
          if (!isProbe && start > 0) await takeTurns();
          if (await takePortion(page.slice(start, start + idsAtOnce), isProbe)) return;
        }
        await save();
        if (!isProbe) await takeTurns();
        // The page after this one is here already; the one after that is asked for when there is room for rows.
        await condition.until(() => slots.isFree(), stopping.signal);
      }
    } finally {
      progress.endList();
    }
  }

  /** Beside the work, and only when there is some: it is for the progress alone. */
  function countList(after: number): void {
    source.count(after, stopping.signal).then(
      (rows) => {
        if (rows !== undefined) progress.expectList(rows);
      },
      () => undefined,
    );
  }

  /** True when it is a probe, and a row was handed out. */
  async function takePortion(rows: readonly SyncRow<T>[], isProbe: boolean): Promise<boolean> {
    const judged = rows.map((row) => ({
      row,
      verdict: isOnRecord(row) ? undefined : judge(source, row.item),
    }));
    // All late rows of a portion wait for the disk together.
    const waiting = judged.filter(({ verdict }) => verdict === 'late');
    await Promise.all(waiting.map(({ row }) => ends.late(row, 'list')));
    for (const { row, verdict } of judged) {
      if (stopping.signal.aborted) return false;
      // At once, or those that are to blame would pile up.
      if (!isProbe) for (const portion of queue.forTrial()) await lookAgain(portion);
      if (verdict === 'wanted') await begin(row, { origin: 'list', ...(isProbe && { attempts: 1 }) });
      else if (typeof verdict === 'object') await ends.unjudged(row, 'list', verdict.reason);
      else if (verdict === 'unwanted') await ends.unwanted(row.id, 'list');
      else if (verdict === undefined) progress.pass();
      place.pass(row.id);
      if (isProbe && verdict === 'wanted') return true;
    }
    return false;
  }

  /** Put there before a crash, which came before the place could pass them. */
  const isOnRecord = ({ id }: SyncRow<T>): boolean => late.has(id) || failed.has(id);

  /** A portion of all that waits, so that nothing waits for everything else. True when there was something. */
  async function takeTurns(): Promise<boolean> {
    const wish = wishes.take();
    if (wish) progress.expect(queue.add(wish));
    isListWanted ||= wish?.rows === true;
    const portions = queue.portions(isListWanted && blame.isOutage());
    for (const portion of portions) await lookAgain(portion);
    return portions.length > 0;
  }

  /** One row alone, to see whether anything goes well again. When it does not, that ends the run. */
  async function probe(): Promise<void> {
    const suspects = [...place.open(), ...late.ids('all').filter((id) => blame.isSuspect(id))];
    const ids = suspects.filter((id) => queue.isReady(id)).sort((left, right) => left - right);
    const mayBeNew = place.openCount() < desk.inFlight + mostProbes;
    const chosen = blame.nextProbe(ids, mayBeNew);
    if (chosen === 'new') await readList(true);
    else if (chosen !== undefined)
      await lookAgain({ ids: [chosen], origin: queue.originOf(chosen), attempts: 1 });
    if (ids.length === 0) blame.forgetAll();
    await condition.until(() => slots.count() === 0, stopping.signal);
  }

  /** A person who waits is told of the few that are left, with nothing behind them to compare them with. */
  async function listTheLast(): Promise<void> {
    if (blame.isOutage()) return;
    for (const [id, list] of left) {
      if (!blame.isSuspect(id)) continue;
      blame.forget(id);
      await list();
    }
    suspicion = undefined;
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
        await readList(false);
      } else if (!wasBusy) {
        if (slots.count() === 0 && wishes.isEmpty()) {
          const rest = queue.rest();
          if (rest.length === 0) return desk.isByPerson() ? listTheLast() : undefined;
          for (const portion of rest) await lookAgain(portion);
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
const fewHaltedRetries = 2;

type HandingOut = Omit<Portion, 'ids'>;

interface OpenFailure {
  readonly reason: string;
  readonly tries: number;
  readonly isHalt: boolean;
  readonly error: Error;
}

/** Of a failure that may not be the fault of the row. */
function failureIn(end: RowEnd): OpenFailure | undefined {
  if (end.how === 'halted') {
    return { reason: end.error.message, tries: end.tries, isHalt: true, error: end.error };
  }
  if (end.how !== 'failed' || end.isFinal) return undefined;
  return { reason: end.reason, tries: end.tries, isHalt: false, error: haltedBy(end.reason) };
}

const failedEnd = ({ reason, tries }: OpenFailure): RowEnd & { how: 'failed' } => ({
  ...{ how: 'failed', reason, tries, isFinal: false },
});

import { setMaxListeners } from 'node:events';
import type { Clock } from '../core/clock';
import { haltedBy, type Blame } from './blame';
import { createCondition, type Condition } from './condition';
import type { FailedRows } from './failed-rows';
import { handOut, type HandOutRules } from './hand-out';
import type { LateRows } from './late-rows';
import { untilRecorded } from './patience';
import type { Place } from './place';
import type { Progress } from './progress';
import { groupsById, pagesInOrder } from './reading';
import { createRowEnds, type Origin } from './row-ends';
import { judge } from './row-label';
import { createSlots } from './slots';
import type { Deliver, SyncRow, SyncSource } from './source';
import type { CursorListeners } from './types';
import type { Wish, Wishes } from './wishes';

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
  listeners: CursorListeners;
  changed: () => void;
  wishes: Wishes;
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
  const { source, place, late, failed, blame, clock, wishes, closing } = desk;
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

  /** When there is room for it. */
  async function begin(row: SyncRow<T>, origin: Origin): Promise<void> {
    await condition.until(() => slots.isFree(), stopping.signal);
    if (origin === 'list') place.begin(row.id);
    slots.begin(row.id, async () => {
      const before = origin === 'failed' ? await triesOf(row.id) : 0;
      const end = await handOut(row.item, desk.deliver, rules, { isLate: origin === 'late', before });
      if (end.how === 'halted') throw end.error;
      if (end.how === 'finished') blame.wentWell();
      const mayBeAll = end.how === 'failed' && !end.isFinal && origin !== 'failed';
      if (mayBeAll && blame.isOnAll(row.id)) throw haltedBy(end.reason);
      await ends.delivered(row, origin, end);
    });
    desk.changed();
  }

  async function triesOf(id: number): Promise<number> {
    let tries = 0;
    await record(async () => (tries = await failed.tries(id)));
    return tries;
  }

  /** Rows that are on record one by one are asked for anew: what they were when they were put there is long past. */
  async function lookAgain(ids: readonly number[], origin: Origin): Promise<void> {
    progress.expect(ids.length);
    for await (const group of groupsById(source, ids, stopping.signal)) {
      for (const [id, row] of group) {
        if (row) await lookAt(row, origin);
        else await ends.gone(id, origin);
      }
      await save();
    }
  }

  async function lookAt(row: SyncRow<T>, origin: Origin): Promise<void> {
    const verdict = judge(source, row.item);
    if (typeof verdict === 'object') return ends.unjudged(row, origin, verdict.reason);
    if (verdict === 'late') return ends.late(row, origin);
    // A person asked for it, whatever the filters say by now.
    if (verdict === 'wanted' || origin === 'failed') return begin(row, origin);
    return ends.unwanted(row.id, origin);
  }

  async function readList(): Promise<void> {
    const after = place.reached();
    let isFirst = true;
    progress.beginList();
    try {
      for await (const page of pagesInOrder(source, after, stopping.signal)) {
        progress.listed(page.length);
        if (isFirst) countList(after);
        isFirst = false;
        await takePage(page);
        await save();
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

  async function takePage(page: readonly SyncRow<T>[]): Promise<void> {
    const judged = page.map((row) => ({
      row,
      verdict: isOnRecord(row) ? undefined : judge(source, row.item),
    }));
    // All late rows of a page wait for the disk together.
    const waiting = judged.filter(({ verdict }) => verdict === 'late');
    await Promise.all(waiting.map(({ row }) => ends.late(row, 'list')));
    for (const { row, verdict } of judged) {
      if (stopping.signal.aborted) return;
      if (verdict === 'wanted') await begin(row, 'list');
      else if (typeof verdict === 'object') await ends.unjudged(row, 'list', verdict.reason);
      else if (verdict === 'unwanted') await ends.unwanted(row.id, 'list');
      else if (verdict === undefined) progress.pass();
      place.pass(row.id);
    }
  }

  /** Put there before a crash, which came before the place could pass them. */
  const isOnRecord = ({ id }: SyncRow<T>): boolean => late.has(id) || failed.has(id);

  /** Not before the place has passed them, or they would be met once more. */
  const ready = (ids: readonly number[]): number[] =>
    ids.filter((id) => id <= place.reached() && !slots.has(id));

  async function fulfil({ rows = false, late: which, failed: again }: Wish): Promise<void> {
    if (again) {
      const chosen = again === 'all' ? failed.ids() : again.filter((id) => failed.has(id));
      await lookAgain(ready(chosen), 'failed');
    }
    if (which) await lookAgain(ready(late.ids(which)), 'late');
    if (!rows) return;
    await lookAgain(ready(place.open()), 'list');
    await readList();
  }

  async function fulfilAll(): Promise<void> {
    await save();
    while (!stopping.signal.aborted) {
      const wish = wishes.take();
      if (wish) await fulfil(wish);
      else if (slots.count() === 0) return;
      else await condition.until(() => slots.count() === 0 || !wishes.isEmpty(), stopping.signal);
    }
  }

  async function work(): Promise<void> {
    closing.addEventListener('abort', stop, { once: true });
    if (closing.aborted) stop();
    try {
      await fulfilAll();
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

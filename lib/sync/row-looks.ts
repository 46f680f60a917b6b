import type { Absences } from './absences';
import type { Blame } from './blame';
import type { Condition } from './condition';
import { handOut, type HandOutRules } from './hand-out';
import type { Progress } from './progress';
import type { Portion, Queue } from './queue';
import { groupsById, oddList, pagesInOrder } from './reading';
import type { CursorRecords } from './records';
import type { RowEnds } from './row-ends';
import { judge } from './row-label';
import type { Settling } from './settling';
import type { Slots } from './slots';
import { idsAtOnce, type Deliver, type SyncRow, type SyncSource } from './source';

/** Reads rows, judges them, and hands out those that are wanted as soon as there is room. */
export interface RowLooks {
  /** Rows that are on record one by one are asked for anew: what they were when they were put there is long past. */
  lookAgain(portion: Portion): Promise<void>;
  /** As a probe it ends with the first row that is handed out. */
  readList(isProbe: boolean): Promise<void>;
}

export interface RowLooksDesk<T>
  extends
    Pick<CursorRecords, 'place' | 'late' | 'failed'>,
    Pick<Settling<T>, 'settle'>,
    Pick<Queue, 'forTrial'>,
    HandOutRules {
  source: SyncSource<T>;
  deliver: Deliver<T>;
  blame: Blame;
  absences: Absences;
  progress: Progress;
  ends: RowEnds<T>;
  slots: Slots;
  condition: Condition;
  changed: () => void;
  record: (write: () => Promise<unknown>) => Promise<void>;
  save: () => Promise<void>;
  /** Whatever else waits has its turn between two pages. */
  takeTurns: () => Promise<unknown>;
}

type HandingOut = Omit<Portion, 'ids'>;

export function createRowLooks<T>(desk: RowLooksDesk<T>): RowLooks {
  const { source, place, late, failed, blame, ends, slots, condition, stopping } = desk;

  /** When there is room for it. */
  async function begin(row: SyncRow<T>, how: HandingOut): Promise<void> {
    const { origin, isTrial = false, attempts = desk.attempts } = how;
    await condition.until(() => slots.isFree(), stopping);
    if (origin === 'list') place.begin(row.id);
    if (isTrial) blame.beginTrial(row.id);
    slots.begin(row.id, async () => {
      const before = origin === 'failed' ? await triesOf(row.id) : blame.tries(row.id);
      const visit = { isLate: origin === 'late', before };
      const end = await handOut(row.item, desk.deliver, { ...desk, attempts }, visit);
      await desk.settle(row, origin, end);
    });
    desk.changed();
  }

  async function triesOf(id: number): Promise<number> {
    let tries = 0;
    await desk.record(async () => (tries = await failed.tries(id)));
    return tries;
  }

  async function lookAgain({ ids, ...how }: Portion): Promise<void> {
    const { origin } = how;
    for await (const group of groupsById(source, ids, stopping)) {
      for (const [id, row] of group) {
        if (row) desk.absences.seen(id);
        const isBegun = row ? await lookAt(row, how) : await ends.missing(id, origin);
        if (isBegun !== true) blame.forget(id);
      }
      await desk.save();
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

  async function readList(isProbe: boolean): Promise<void> {
    const after = place.reached();
    let isFirst = true;
    desk.progress.beginList();
    try {
      for await (const page of pagesInOrder(source, after, stopping)) {
        desk.progress.listed(page.length);
        if (isFirst) countList(after);
        isFirst = false;
        for (let start = 0; start < page.length; start += idsAtOnce) {
          if (!isProbe && start > 0) await desk.takeTurns();
          if (await takePortion(page.slice(start, start + idsAtOnce), isProbe)) return;
        }
        await desk.save();
        if (!isProbe) await desk.takeTurns();
        // The page after this one is here already; the one after that is asked for when there is room for rows.
        await condition.until(() => slots.isFree(), stopping);
      }
    } finally {
      desk.progress.endList();
    }
  }

  /** Beside the work, and only when there is some: it is for the progress alone. */
  function countList(after: number): void {
    source.count(after, stopping).then(
      (rows) => {
        if (rows !== undefined) desk.progress.expectList(rows);
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
      if (stopping.aborted) return false;
      // At once, or those that are to blame would pile up.
      if (!isProbe) for (const portion of desk.forTrial()) await lookAgain(portion);
      if (verdict === 'wanted') await begin(row, { origin: 'list', ...(isProbe && { attempts: 1 }) });
      else if (typeof verdict === 'object') await ends.unjudged(row, 'list', verdict.reason);
      else if (verdict === 'unwanted') await ends.unwanted(row.id, 'list');
      else if (verdict === undefined) desk.progress.pass();
      place.pass(row.id);
      if (isProbe && verdict === 'wanted') return true;
    }
    return false;
  }

  /** Put there before a crash, which came before the place could pass them. */
  const isOnRecord = ({ id }: SyncRow<T>): boolean => late.has(id) || failed.has(id);

  return { lookAgain, readList };
}

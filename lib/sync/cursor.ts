import { setMaxListeners } from 'node:events';
import { CancelledError, toError } from '../core/errors';
import { createAnnouncer } from './announcer';
import { createAbsences } from './absences';
import { createBlame } from './blame';
import { keyOf } from './cursor-key';
import { dryRun } from './dry-run';
import { createErrorNotes } from './error-notes';
import { unlessAborted, untilRecorded } from './patience';
import { createProgress, type Progress } from './progress';
import { createCursorRecords } from './records';
import { cursorTaken, sharedCursors, type CursorClaim } from './registry';
import { statusOf, summaryOf } from './reports';
import { createRun, type Run } from './run';
import { createTimetable } from './timetable';
import type { Cursor, CursorOptions, StartedBy, SyncState, SyncSummary } from './types';
import { createWishes, mostUrgent, type Wish, type Wishes } from './wishes';

const HOUR_MS = 60 * 60_000;
const defaults: Required<
  Pick<CursorOptions<never>, 'attempts' | 'pausesMs' | 'latePausesMs' | 'registry' | 'listeners'>
> = {
  attempts: 3,
  pausesMs: [1000, 5000, 15_000],
  latePausesMs: [2, 5, 15, 60, 240].map((minutes) => minutes * 60_000),
  registry: sharedCursors,
  listeners: {},
};
const LARGEST_PAGE = 500;

/** Works a history off, row by row: each is handed out until it has ended, once, whatever breaks in between. */
export function createCursor<T>(given: CursorOptions<T>): Cursor {
  const options = { ...defaults, ...given };
  const { clock, listeners, registry, source, everyMs, name } = options;
  const key = keyOf(name);
  const records = createCursorRecords({ ...options, key, lateMs: options.lateHours * HOUR_MS });
  const { failed, place } = records;
  const announcer = createAnnouncer(clock);
  const notes = createErrorNotes();
  const blame = createBlame();
  const absences = createAbsences();
  const closing = new AbortController();
  // Every row in the flow listens to it.
  setMaxListeners(0, closing.signal);
  const wishes = createWishes();
  let claim: CursorClaim | undefined;
  let isRivalTold = false;
  /** What a person has said in this process; undefined: what is on record counts. */
  let held: boolean | undefined;
  let isStopping = false;
  /** How many resets are under way: nothing begins meanwhile. */
  let resets = 0;
  let run: Run | undefined;
  let progress: Progress | undefined;
  let runError: Error | undefined;
  let working: Promise<void> | undefined;
  let startedBy: StartedBy = 'schedule';

  /** Throws when another node has the cursor. */
  function hold(): void {
    claim ??= registry.claim(key, () => {
      if (!isRivalTold) listeners.onError?.(cursorTaken(name.cursor));
      isRivalTold = true;
    });
    if (!claim) throw cursorTaken(name.cursor);
  }

  async function ready(): Promise<void> {
    if (closing.signal.aborted) throw new CancelledError();
    hold();
    await unlessAborted(records.load(), closing.signal);
  }

  function ask(wish: Wish): void {
    if (closing.signal.aborted) return;
    wishes.add(wish);
    if (!working) return beginIfWished();
    run?.look();
  }

  function beginIfWished(): void {
    if (working || resets > 0 || closing.signal.aborted || wishes.isEmpty()) return;
    isStopping = false;
    runError = undefined;
    startedBy = 'schedule';
    progress = createProgress(() => clock.now());
    working = workOnce(progress);
    announcer.changedNow();
  }

  /** Never rejects. */
  async function workOnce(counting: Progress): Promise<void> {
    const how = await workOff(counting);
    working = undefined;
    run = undefined;
    isStopping = false;
    if (runError) report(runError, startedBy);
    else if (how === 'done') notes.recovered();
    announcer.changedNow();
    const facts = { how, by: startedBy, progress: counting, endedAt: clock.now(), error: runError };
    listeners.onSummary?.(summaryOf({ ...records, ...facts }));
    beginIfWished();
  }

  async function workOff(counting: Progress): Promise<SyncSummary['how']> {
    const taken = observed(wishes, (by) => (startedBy = mostUrgent(startedBy, by)));
    try {
      await ready();
      if (held !== undefined) place.hold(held);
      if (isHeld() && !taken.isOfPerson()) {
        taken.clear();
        return 'stopped';
      }
      const changed = (): void => announcer.changed();
      run = createRun(
        {
          ...options,
          ...records,
          blame,
          absences,
          isByPerson: () => startedBy === 'person',
          changed,
          wishes: taken,
          closing: closing.signal,
        },
        counting,
      );
      if (isStopping) run.stop();
      await run.work();
      return isStopping || closing.signal.aborted ? 'stopped' : 'done';
    } catch (thrown) {
      // What it would have done is told by the error; the next one that asks gets a run of its own.
      taken.take();
      if (thrown instanceof CancelledError) return 'stopped';
      runError = toError(thrown);
      return 'failed';
    }
  }

  function report(error: Error, by: StartedBy): void {
    const isNew = notes.isNew(error);
    if (isNew || by === 'person') listeners.onError?.(error);
  }

  const isHeld = (): boolean => held ?? place.isHeld();

  /** So that it holds in the next process, too. */
  async function keepHold(): Promise<void> {
    try {
      await ready();
      if (held !== undefined) place.hold(held);
      if (place.isMoved()) await untilRecorded(() => place.save(), clock, closing.signal);
    } catch {
      // Whoever cannot read the store does not begin anything either, and says so.
    }
  }

  async function halt(): Promise<void> {
    wishes.clear();
    timetable.forgetSoon();
    if (!working) return;
    isStopping = true;
    run?.stop();
    announcer.changedNow();
    await working;
  }

  function state(): SyncState {
    if (!working) return 'idle';
    return isStopping ? 'stopping' : 'running';
  }

  const timetable = createTimetable(clock, everyMs, (by) => {
    if (!isHeld()) ask({ rows: true, late: 'due', by });
  });

  /** So that the panel shows what is there, and whoever fights for the cursor is told at once. */
  async function prepare(): Promise<void> {
    try {
      await ready();
      announcer.changedNow();
    } catch (thrown) {
      if (!(thrown instanceof CancelledError)) report(toError(thrown), 'schedule');
    }
  }

  if (everyMs === undefined) prepare().catch(() => undefined);
  else ask({ rows: true, late: 'due', by: 'schedule' });

  return {
    start() {
      held = false;
      ask({ rows: true, late: 'due', by: 'person' });
    },
    soon(delayMs) {
      if (!closing.signal.aborted && !isHeld()) timetable.soon(delayMs);
    },
    recheckLate: () => ask({ late: 'all', by: 'person' }),
    retryFailed: (ids) => ask({ failed: ids ?? 'all', by: 'person' }),
    async stop() {
      held = true;
      await Promise.all([halt(), keepHold()]);
    },
    async close() {
      if (closing.signal.aborted) return working;
      timetable.close();
      closing.abort();
      await working;
      announcer.close();
      claim?.release();
    },
    async reset() {
      resets += 1;
      try {
        await halt();
        await ready();
        await records.reset();
        blame.forgetAll();
        absences.forgetAll();
        progress = undefined;
        runError = undefined;
      } finally {
        resets -= 1;
        announcer.changedNow();
        beginIfWished();
      }
    },
    async failed({ after = 0, limit = 50 } = {}) {
      await ready();
      return failed.page(after, Math.min(Math.max(Math.trunc(limit), 1), LARGEST_PAGE));
    },
    async dropFailed(ids) {
      await ready();
      let dropped = 0;
      for (const id of ids ?? failed.ids()) {
        if (!run?.has(id) && failed.has(id) && (await failed.drop(id))) dropped += 1;
      }
      announcer.changed();
      return dropped;
    },
    async dryRun(wanted) {
      await ready();
      return dryRun({ ...wanted, source, ...records, closing: closing.signal });
    },
    status: () =>
      statusOf({
        ...{ ...records, state: state(), progress, isHeld: isHeld() },
        inFlight: run?.inFlight() ?? 0,
        error: runError,
      }),
    onChange: (listener) => announcer.listen(listener),
  };
}

/** Tells on whose behalf each wish is taken. */
function observed(wishes: Wishes, onTake: (by: StartedBy) => void): Wishes {
  return {
    ...wishes,
    take() {
      const wish = wishes.take();
      if (wish) onTake(wish.by);
      return wish;
    },
  };
}

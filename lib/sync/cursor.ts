import { CancelledError, toError } from '../core/errors';
import { unlessAborted } from '../core/unless-aborted';
import { createAbsences } from './absences';
import { createAnnouncer } from './announcer';
import { createAttendant } from './attendant';
import { createBlame } from './blame';
import { keyOf } from './cursor-key';
import { createDesks } from './desks';
import { dryRun } from './dry-run';
import { createOrders, ordersOf, type Order } from './orders';
import { untilRecorded } from './patience';
import { createCursorRecords, type CursorRecords } from './records';
import { sharedCursors } from './registry';
import { createRemote } from './remote';
import { statusOf } from './reports';
import { createRuns } from './runs';
import { noTenure, type Tenure } from './tenure';
import { createTimetable } from './timetable';
import type { Cursor, CursorOptions, SyncStatus } from './types';

const HOUR_MS = 60 * 60_000;
const defaults: Required<
  Pick<CursorOptions<never>, 'attempts' | 'pausesMs' | 'latePausesMs' | 'registry' | 'listeners' | 'pace'>
> = {
  attempts: 3,
  pausesMs: [1000, 5000, 15_000],
  latePausesMs: [2, 5, 15, 60, 240].map((minutes) => minutes * 60_000),
  registry: sharedCursors,
  listeners: {},
  pace: { ordersMs: 1000, waitingMs: 2000 },
};
const LARGEST_PAGE = 500;

/** Works a history off, row by row: each is handed out until it has ended, once, whatever breaks in between. */
export function createCursor<T>(given: CursorOptions<T>): Cursor {
  const options = { ...defaults, ...given };
  const { clock, store, listeners, registry, source, everyMs, name, pace } = options;
  const key = keyOf(name);
  const announcer = createAnnouncer(clock);
  const blame = createBlame();
  const absences = createAbsences();
  const closing = new AbortController();
  const orders = createOrders(key, store);
  /** A stop that is being said: it counts at once, but no longer than until it is on record, passed on or refused. */
  let stop: object | undefined;

  const recordsOf = (tenure: Tenure): CursorRecords =>
    createCursorRecords({ ...options, key, lateMs: options.lateHours * HOUR_MS, tenure });
  const desks = createDesks({
    ...{ key, store, registry, recordsOf, onTaken, onLost },
    cursorName: name.cursor,
    closing: closing.signal,
    onRival: (error) => listeners.onError?.(error),
  });
  const remote = createRemote({
    ...{ key, store, clock, orders, source },
    closing: closing.signal,
    records: () => recordsOf(noTenure),
  });
  const attendant = createAttendant({
    ...{ key, store, clock, orders, carryOut, status },
    isAtRest: () => desks.isOurs() && !runs.isBusy(),
  });
  const runs = createRuns<T>({
    ...{ ...options, blame, absences, announcer, isHeld, ready: () => desks.ready() },
    closing: closing.signal,
    records: () => desks.records(),
    passOn: (wish) => remote.tell(ordersOf(wish)),
  });
  const timetable = createTimetable(clock, everyMs, (by) => {
    if (!isHeld()) runs.ask({ rows: true, late: 'due', by });
  });

  function isHeld(): boolean {
    if (stop) return true;
    return desks.isElsewhere() ? remote.status().isHeld : desks.records().place.isHeld();
  }

  function status(): SyncStatus {
    if (desks.isElsewhere()) return remote.status();
    const { place, late, failed } = desks.records();
    return statusOf({
      ...{ place, late, failed, isHeld: isHeld(), state: runs.state() },
      ...{ progress: runs.progress(), inFlight: runs.inFlight(), error: runs.error() },
      caughtUpAt: runs.caughtUpAt(),
    });
  }

  /** What others have ordered counts from the start: a stop that was meant for whoever has died, above all. */
  async function onTaken(): Promise<void> {
    blame.forgetAll();
    absences.forgetAll();
    await attendant.attend();
    announcer.changedNow();
    if (everyMs !== undefined && !isHeld()) runs.ask({ rows: true, late: 'due', by: 'schedule' });
  }

  function onLost(): void {
    attendant.lost();
    announcer.changedNow();
  }

  async function carryOut({ kind, ids }: Order): Promise<number> {
    if (kind === 'start') cursor.start();
    if (kind === 'event' && !isHeld()) runs.ask({ rows: true, late: 'due', by: 'event' });
    if (kind === 'late') cursor.recheckLate();
    if (kind === 'retry') cursor.retryFailed(ids);
    if (kind === 'stop') assertDone(await stopHere());
    if (kind === 'reset') assertDone(await resetHere());
    return kind === 'drop' ? assertDone(await dropHere(ids)) : 0;
  }

  async function withdrawRuns(): Promise<void> {
    if (desks.isClaimed() && !desks.isElsewhere()) await unlessAborted(orders.withdrawRuns(), closing.signal);
  }

  /** False when another process has the cursor. */
  async function stopHere(): Promise<boolean> {
    const said = (stop = {});
    timetable.forgetSoon();
    try {
      const [isOnRecord] = await Promise.all([recordStop(said), runs.halt()]);
      return isOnRecord;
    } finally {
      if (stop === said) stop = undefined;
    }
  }

  /** So that it holds in the next process, too. */
  async function recordStop(said: object): Promise<boolean> {
    const desk = await desks.ready();
    if (!desk) return false;
    const { place } = desk.records;
    // A start may have come behind it.
    if (stop === said) place.hold(true);
    if (!place.isMoved()) return true;
    return untilRecorded(() => place.save(), clock, desk.tenure.signal).then(
      () => true,
      () => false,
    );
  }

  /** False when another process has the cursor. */
  const resetHere = (): Promise<boolean> =>
    runs.pausedFor(async () => {
      await runs.halt();
      const desk = await desks.ready();
      if (!desk) return false;
      await desk.records.reset();
      blame.forgetAll();
      absences.forgetAll();
      runs.forget();
      return true;
    });

  /** Undefined when another process has the cursor. */
  async function dropHere(ids: readonly number[] | undefined): Promise<number | undefined> {
    const desk = await desks.ready();
    if (!desk) return undefined;
    const { failed } = desk.records;
    let dropped = 0;
    for (const id of ids ?? failed.ids()) {
      if (!runs.has(id) && failed.has(id) && (await failed.drop(id))) dropped += 1;
    }
    announcer.changed();
    return dropped;
  }

  /** So that the panel shows what is there, and whoever fights for the cursor is told at once. */
  async function prepare(): Promise<void> {
    try {
      await desks.ready();
      announcer.changedNow();
    } catch (thrown) {
      if (!(thrown instanceof CancelledError)) runs.report(toError(thrown), 'schedule');
    }
  }

  /** Looks after the orders of others, or after the one who has the cursor. Rejects when it is closed. */
  async function keepLooking(): Promise<void> {
    for (;;) {
      await clock.sleep(desks.isElsewhere() ? pace.waitingMs : pace.ordersMs, closing.signal);
      if (desks.isClaimed()) await lookOnce().catch(() => undefined);
    }
  }

  async function lookOnce(): Promise<void> {
    if (await desks.ready()) await attendant.attend();
    else if (await remote.look()) announcer.changed();
  }

  const cursor: Cursor = {
    start() {
      stop = undefined;
      runs.ask({ rows: true, late: 'due', isStart: true, by: 'person' });
    },
    soon(delayMs) {
      if (!closing.signal.aborted && !isHeld()) timetable.soon(delayMs);
    },
    recheckLate: () => runs.ask({ late: 'all', by: 'person' }),
    retryFailed: (ids) => runs.ask({ failed: ids ?? 'all', by: 'person' }),
    async stop() {
      attendant.stopped();
      // At once: what is ordered while this one waits for the rows in hand comes behind it.
      const withdrawn = withdrawRuns().catch(() => undefined);
      const isStopped = await stopHere().catch((thrown: unknown) => {
        if (closing.signal.aborted) return true;
        throw thrown;
      });
      await withdrawn;
      if (!isStopped && !closing.signal.aborted) await remote.ask('stop');
    },
    async close() {
      if (closing.signal.aborted) return runs.working();
      timetable.close();
      closing.abort();
      await runs.working();
      announcer.close();
      await desks.close();
    },
    async reset() {
      // Whoever waits for another process holds nothing up here.
      if (desks.isElsewhere() || !(await resetHere())) await remote.ask('reset');
    },
    async failed({ after = 0, limit = 50 } = {}) {
      const most = Math.min(Math.max(Math.trunc(limit), 1), LARGEST_PAGE);
      const desk = await desks.ready();
      return desk ? desk.records.failed.page(after, most) : remote.failed(after, most);
    },
    dropFailed: async (ids) => (await dropHere(ids)) ?? remote.ask('drop', ids),
    async dryRun(wanted) {
      const desk = await desks.ready();
      if (!desk) return remote.dryRun(wanted);
      return dryRun({ ...wanted, source, ...desk.records, closing: closing.signal });
    },
    status,
    onChange: (listener) => announcer.listen(listener),
  };

  if (everyMs === undefined) prepare().catch(() => undefined);
  else runs.ask({ rows: true, late: 'due', by: 'schedule' });
  keepLooking().catch(() => undefined);
  return cursor;
}

/** What was not done because the cursor has passed to another process is left to that one. */
function assertDone<R>(done: R | false | undefined): R {
  if (done === false || done === undefined) throw new CancelledError('another process works on this now');
  return done;
}

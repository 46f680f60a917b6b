import { CancelledError, toError } from '../core/errors';
import { createAbsences } from './absences';
import { createAnnouncer } from './announcer';
import { createAttendant } from './attendant';
import { createBlame } from './blame';
import { keyOf } from './cursor-key';
import { createDesks, type Desk } from './desks';
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
  /** What a person has said in this process; undefined: what is on record counts. */
  let held: boolean | undefined;

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
  const attendant = createAttendant({ key, store, clock, orders, carryOut, status });
  const runs = createRuns<T>({
    ...{ ...options, blame, absences, announcer, isHeld, ready },
    closing: closing.signal,
    records: () => desks.records(),
    async passOn(wish) {
      held = undefined;
      await remote.tell(ordersOf(wish));
    },
  });
  const timetable = createTimetable(clock, everyMs, (by) => {
    if (!isHeld()) runs.ask({ rows: true, late: 'due', by });
  });

  function isHeld(): boolean {
    if (held !== undefined) return held;
    return desks.isElsewhere() ? remote.status().isHeld : desks.records().place.isHeld();
  }

  function status(): SyncStatus {
    if (desks.isElsewhere()) return remote.status();
    const { place, late, failed } = desks.records();
    return statusOf({
      ...{ place, late, failed, isHeld: isHeld(), state: runs.state() },
      ...{ progress: runs.progress(), inFlight: runs.inFlight(), error: runs.error() },
    });
  }

  async function ready(): Promise<Desk | undefined> {
    const desk = await desks.ready();
    if (desk && held !== undefined) desk.records.place.hold(held);
    return desk;
  }

  /** What others have ordered counts from the start: a stop that was meant for whoever has died, above all. */
  async function onTaken(): Promise<void> {
    blame.forgetAll();
    absences.forgetAll();
    await attendant.attend();
    announcer.changedNow();
    if (everyMs !== undefined && !isHeld()) runs.ask({ rows: true, late: 'due', by: 'schedule' });
  }

  function onLost(desk: Desk | undefined): void {
    const isUnsaid = held === true && desk?.records.place.isMoved() === true;
    held = undefined;
    // The last word, also when it had not reached the store.
    if (isUnsaid) orders.post('stop').catch(() => undefined);
    announcer.changedNow();
  }

  async function carryOut({ kind, ids }: Order): Promise<number> {
    if (kind === 'start') cursor.start();
    if (kind === 'event' && !isHeld()) runs.ask({ rows: true, late: 'due', by: 'event' });
    if (kind === 'late') cursor.recheckLate();
    if (kind === 'retry') cursor.retryFailed(ids);
    if (kind === 'stop') await stopHere();
    if (kind === 'reset') await cursor.reset();
    return kind === 'drop' ? cursor.dropFailed(ids) : 0;
  }

  async function stopHere(): Promise<void> {
    held = true;
    timetable.forgetSoon();
    await Promise.all([runs.halt(), keepHold()]);
  }

  /** So that it holds in the next process, too. */
  async function keepHold(): Promise<void> {
    const desk = await ready().catch((thrown: unknown) => {
      if (desks.isElsewhere()) throw thrown;
      // Whoever cannot read the store does not begin anything either, and says so.
      return undefined;
    });
    if (!desk) {
      if (desks.isElsewhere()) await askForStop();
      return;
    }
    const { place } = desk.records;
    const { signal } = desk.tenure;
    if (place.isMoved()) await untilRecorded(() => place.save(), clock, signal).catch(() => undefined);
  }

  async function askForStop(): Promise<void> {
    held = undefined;
    await remote.ask('stop');
  }

  /** So that the panel shows what is there, and whoever fights for the cursor is told at once. */
  async function prepare(): Promise<void> {
    try {
      await ready();
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
    if (await ready()) await attendant.attend();
    else if (await remote.look()) announcer.changed();
  }

  const cursor: Cursor = {
    start() {
      held = false;
      runs.ask({ rows: true, late: 'due', by: 'person' });
    },
    soon(delayMs) {
      if (!closing.signal.aborted && !isHeld()) timetable.soon(delayMs);
    },
    recheckLate: () => runs.ask({ late: 'all', by: 'person' }),
    retryFailed: (ids) => runs.ask({ failed: ids ?? 'all', by: 'person' }),
    async stop() {
      attendant.stopped();
      await stopHere();
      if (!desks.isElsewhere()) await orders.withdrawRuns().catch(() => undefined);
    },
    async close() {
      if (closing.signal.aborted) return runs.working();
      timetable.close();
      closing.abort();
      await runs.working();
      announcer.close();
      await desks.close();
    },
    reset: () =>
      runs.pausedFor(async () => {
        await runs.halt();
        const desk = await ready();
        if (!desk) return void (await remote.ask('reset'));
        await desk.records.reset();
        blame.forgetAll();
        absences.forgetAll();
        runs.forget();
      }),
    async failed({ after = 0, limit = 50 } = {}) {
      const most = Math.min(Math.max(Math.trunc(limit), 1), LARGEST_PAGE);
      const desk = await ready();
      return desk ? desk.records.failed.page(after, most) : remote.failed(after, most);
    },
    async dropFailed(ids) {
      const desk = await ready();
      if (!desk) return remote.ask('drop', ids);
      const { failed } = desk.records;
      let dropped = 0;
      for (const id of ids ?? failed.ids()) {
        if (!runs.has(id) && failed.has(id) && (await failed.drop(id))) dropped += 1;
      }
      announcer.changed();
      return dropped;
    },
    async dryRun(wanted) {
      const desk = await ready();
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

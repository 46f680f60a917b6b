import { CancelledError, toError } from '../core/errors';
import type { Absences } from './absences';
import type { Announcer } from './announcer';
import type { Blame } from './blame';
import type { Desk } from './desks';
import { createErrorNotes } from './error-notes';
import { untilRecorded } from './patience';
import type { Place } from './place';
import { createProgress, type Progress } from './progress';
import type { CursorRecords } from './records';
import { summaryOf } from './reports';
import { createRun, type Run, type RunDesk } from './run';
import type { CursorListeners, StartedBy, SyncState, SyncSummary } from './types';
import { createWishes, mostUrgent, type Wish, type Wishes } from './wishes';

/** What a cursor has to run, one run after the other. */
export interface Runs {
  ask(wish: Wish): void;
  /** Nothing new is handed out, and no run begins until this one has ended. */
  halt(): Promise<void>;
  /** Nothing begins while this is under way. */
  pausedFor<R>(work: () => Promise<R>): Promise<R>;
  /** The run under way; undefined when there is none. */
  working(): Promise<void> | undefined;
  /** Something runs or is to run. */
  isBusy(): boolean;
  state(): SyncState;
  progress(): Progress | undefined;
  inFlight(): number;
  has(id: number): boolean;
  error(): Error | undefined;
  /** When the latest run began that came to the end of the history. */
  caughtUpAt(): number | undefined;
  forget(): void;
  report(error: Error, by: StartedBy): void;
}

export interface RunsOptions<T> extends Pick<
  RunDesk<T>,
  'source' | 'deliver' | 'clock' | 'inFlight' | 'attempts' | 'pausesMs'
> {
  readonly announcer: Announcer;
  readonly listeners: CursorListeners;
  readonly blame: Blame;
  readonly absences: Absences;
  readonly closing: AbortSignal;
  /** Undefined when another process works on the cursor. Rejects when nobody can. */
  readonly ready: () => Promise<Desk | undefined>;
  /** As far as anybody knows, while it is not. */
  readonly records: () => CursorRecords;
  /** For that other process. */
  readonly passOn: (wish: Wish) => Promise<void>;
  /** Asked when it is ready. */
  readonly isHeld: () => boolean;
}

export function createRuns<T>(options: RunsOptions<T>): Runs {
  const { clock, listeners, announcer, closing } = options;
  const notes = createErrorNotes();
  const wishes = createWishes();
  let isStopping = false;
  let pauses = 0;
  let run: Run | undefined;
  let progress: Progress | undefined;
  let runError: Error | undefined;
  let caughtUpAt: number | undefined;
  let working: Promise<void> | undefined;
  let startedBy: StartedBy = 'schedule';

  function beginIfWished(): void {
    if (working || pauses > 0 || closing.aborted || wishes.isEmpty()) return;
    isStopping = false;
    runError = undefined;
    startedBy = 'schedule';
    progress = createProgress(() => clock.now());
    working = workOnce(progress);
    announcer.changedNow();
  }

  /** Never rejects. */
  async function workOnce(counting: Progress): Promise<void> {
    const { how, records } = await workOff(counting);
    working = undefined;
    run = undefined;
    isStopping = false;
    if (runError) report(runError, startedBy);
    else if (how === 'done') notes.recovered();
    announcer.changedNow();
    if (how !== 'passed on') {
      const facts = { how, by: startedBy, progress: counting, endedAt: clock.now(), error: runError };
      listeners.onSummary?.(summaryOf({ ...records, ...facts }));
    }
    beginIfWished();
  }

  async function workOff(counting: Progress): Promise<Ended> {
    let readsOn = false;
    const taken = observed(wishes, ({ by, rows }) => {
      startedBy = mostUrgent(startedBy, by);
      readsOn ||= rows === true;
    });
    let records = options.records();
    try {
      const desk = await options.ready();
      if (!desk) {
        const wish = taken.take();
        if (wish) await options.passOn(wish);
        return { how: 'passed on', records };
      }
      records = desk.records;
      if (options.isHeld() && !taken.isOfPerson()) {
        taken.clear();
        return { how: 'stopped', records };
      }
      if (taken.isStart()) records.place.hold(false);
      run = createRun(runDesk(desk, lifting(taken, records.place)), counting);
      if (isStopping) run.stop();
      await run.work();
      if (isStopping || desk.tenure.signal.aborted) return { how: 'stopped', records };
      if (readsOn) caughtUpAt = counting.startedAt;
      return { how: 'done', records };
    } catch (thrown) {
      // What it would have done is told by the error; the next one that asks gets a run of its own.
      taken.take();
      if (thrown instanceof CancelledError) return { how: 'stopped', records };
      runError = toError(thrown);
      return { how: 'failed', records };
    }
  }

  function runDesk({ tenure, records }: Desk, taken: Wishes): RunDesk<T> {
    return {
      ...{ ...options, ...records, wishes: taken, closing: tenure.signal },
      async deliver(item, how) {
        // One that stood still for long learns here that another one has gone on.
        await untilRecorded(() => tenure.assertOurs(), clock, tenure.signal);
        return options.deliver(item, how);
      },
      isByPerson: () => startedBy === 'person',
      changed: () => announcer.changed(),
    };
  }

  function report(error: Error, by: StartedBy): void {
    const isNew = notes.isNew(error);
    if (isNew || by === 'person') listeners.onError?.(error);
  }

  return {
    ask(wish) {
      if (closing.aborted) return;
      wishes.add(wish);
      if (!working) return beginIfWished();
      run?.look();
    },
    async halt() {
      wishes.clear();
      if (!working) return;
      isStopping = true;
      run?.stop();
      announcer.changedNow();
      await working;
    },
    async pausedFor(work) {
      pauses += 1;
      try {
        return await work();
      } finally {
        pauses -= 1;
        announcer.changedNow();
        beginIfWished();
      }
    },
    working: () => working,
    isBusy: () => working !== undefined || !wishes.isEmpty(),
    state() {
      if (!working) return 'idle';
      return isStopping ? 'stopping' : 'running';
    },
    progress: () => progress,
    inFlight: () => run?.inFlight() ?? 0,
    has: (id) => run?.has(id) ?? false,
    error: () => runError,
    caughtUpAt: () => caughtUpAt,
    forget() {
      caughtUpAt = undefined;
      progress = undefined;
      runError = undefined;
    },
    report,
  };
}

interface Ended {
  readonly how: SyncSummary['how'] | 'passed on';
  /** Of the time in which it ran. */
  readonly records: CursorRecords;
}

/** A start that comes during a run lifts the stop, too; one that nobody takes lifts nothing. */
function lifting(wishes: Wishes, place: Place): Wishes {
  return {
    ...wishes,
    take() {
      const wish = wishes.take();
      if (wish?.isStart) place.hold(false);
      return wish;
    },
  };
}

/** Tells which wishes are taken. */
function observed(wishes: Wishes, onTake: (wish: Wish) => void): Wishes {
  return {
    ...wishes,
    take() {
      const wish = wishes.take();
      if (wish) onTake(wish);
      return wish;
    },
  };
}

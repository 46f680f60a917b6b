import { randomUUID } from 'node:crypto';
import { startTimer, type Clock } from '../../core/clock';
import { at, idAt, textAt } from '../../core/fields';
import type { SetOptions, Store, StoreSource } from '../../store/store';
import { createSilenceRoster } from './silence-roster';

export interface IdleWatchOptions {
  store: StoreSource;
  /** Whose sessions these are: the id of a node, the same after every deploy. */
  owner: string;
  idleMs: number;
  clock: Clock;
  /** Once for each silence, also when several processes watch the same store. */
  onIdle: (memo: unknown) => void;
  onTrouble: (error: unknown) => void;
  random?: (() => number) | undefined;
}

export interface IdleWatch {
  /** Somebody spoke: the silence begins anew. The memo, plain JSON, is what `onIdle` gets. */
  heard(session: string, memo: unknown): Promise<void>;
  forget(session: string): Promise<void>;
  /** Finds the silences that began before a restart, and from now on those of other processes that have ended. */
  open(): Promise<void>;
  close(): void;
}

/** How long after its time a silence is still told, to a process that was away. */
const LATEST_MS = 24 * 60 * 60_000;
/** When the store is away, the silence goes on. */
const AGAIN_MS = 5000;

/** Notices by itself when nothing has been heard in a session for a while. What is watched survives the process. */
export function createIdleWatch(options: IdleWatchOptions): IdleWatch {
  const { store, owner, idleMs, clock, onIdle, onTrouble } = options;
  const prefix = `session-idle:${owner}:`;
  const due = new Map<string, number>();
  /** By which we took silences that we have not told yet: whether that succeeded may be known to the store alone. */
  const taking = new Map<string, string>();
  let lift: (() => void) | undefined;
  let isClosed = false;

  function schedule(): void {
    lift?.();
    lift = undefined;
    if (isClosed || due.size === 0) return;
    const wait = Math.max(0, Math.min(...due.values()) - clock.now());
    lift = startTimer(clock, wait, () => {
      fireDue().then(schedule, onTrouble);
    });
  }

  async function fireDue(): Promise<void> {
    const now = clock.now();
    for (const [session, time] of [...due]) {
      // Heard of again while the others were told.
      if (time > now || due.get(session) !== time) continue;
      due.delete(session);
      try {
        await fire(session, now);
      } catch (error) {
        due.set(session, now + AGAIN_MS);
        onTrouble(error);
      }
    }
  }

  async function fire(session: string, now: number): Promise<void> {
    const open = await store();
    const kept = await open.get(prefix + session);
    const silence = readSilence(kept);
    if (!silence || isClosed) return;
    // Another process has heard something since.
    if (silence.dueAt > now) return void due.set(session, silence.dueAt);
    const takenBy = textAt(kept, 'takenBy');
    if (takenBy === undefined) return take(open, kept, silence);
    // The answer to that was lost; what somebody else took, or we have told already, is not ours to tell.
    if (takenBy === taking.get(session)) await tell(open, kept, silence);
  }

  async function take(open: Store, kept: unknown, silence: Silence): Promise<void> {
    const mark = randomUUID();
    const taken = { ...silence, takenBy: mark };
    taking.set(silence.session, mark);
    const isOurs = await open.compareAndSet(prefix + silence.session, kept, taken, keptFor(0));
    if (isOurs) await tell(open, taken, silence);
    else taking.delete(silence.session);
  }

  async function tell(open: Store, taken: unknown, { session, memo }: Silence): Promise<void> {
    taking.delete(session);
    onIdle(memo);
    // When this fails, it goes with its time.
    await open.compareAndSet(prefix + session, taken, undefined).catch(() => undefined);
  }

  const keptFor = (ms: number): SetOptions => ({ ttlMs: ms + LATEST_MS, sealed: true });

  async function lookThrough(): Promise<void> {
    for await (const { value } of (await store()).scan(prefix)) {
      const silence = readSilence(value);
      if (silence && !due.has(silence.session)) due.set(silence.session, silence.dueAt);
    }
    schedule();
  }

  const roster = createSilenceRoster({
    ...{ store, name: owner, clock, lookThrough, onTrouble, random: options.random },
  });

  return {
    async heard(session, memo) {
      const dueAt = clock.now() + idleMs;
      // First, as nobody can tell whether a write that failed takes place all the same.
      due.set(session, dueAt);
      schedule();
      const open = await store();
      await open.set(prefix + session, { session, dueAt, memo }, keptFor(idleMs));
    },
    async forget(session) {
      due.delete(session);
      taking.delete(session);
      await (await store()).delete(prefix + session);
      schedule();
    },
    open: () => roster.open(),
    close() {
      isClosed = true;
      lift?.();
      roster.close();
    },
  };
}

interface Silence {
  session: string;
  dueAt: number;
  memo: unknown;
}

function readSilence(kept: unknown): Silence | undefined {
  const session = textAt(kept, 'session');
  const dueAt = idAt(kept, 'dueAt');
  return session === undefined || dueAt === undefined
    ? undefined
    : { session, dueAt, memo: at(kept, 'memo') };
}

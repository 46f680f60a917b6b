import { startTimer } from '../core/clock';
import { CancelledError } from '../core/errors';
import type { Store } from './store';
import type { Look, Next, Wakes, WakesOptions } from './wakes';

/** A store that was away is asked again after this. */
const storePauseMs = 1000;

/** Where one process has the store to itself, its own timers know all there is to know. */
export function createLocalWakes(store: Pick<Store, 'queues'>, { kind, clock }: WakesOptions): Wakes {
  /** Queues that are looked at now, or whose event is in hand. */
  const busy = new Set<string>();
  /** Something came meanwhile. */
  const again = new Set<string>();
  const timers = new Map<string, () => void>();
  const parked = new Set<string>();
  /** For the end of the pause. */
  const held = new Set<string>();
  /** In the order in which they asked. */
  const lines = new Map<object, Set<string>>();
  let look: Look | undefined;
  let isPaused = false;
  let isClosed = false;
  let stopSearch = (): void => undefined;

  function wakeIn(queue: string, ms: number): void {
    if (isClosed) return;
    timers.get(queue)?.();
    timers.set(
      queue,
      startTimer(clock, ms, () => wake(queue)),
    );
  }

  function wake(queue: string): void {
    if (isClosed || !look) return;
    if (isPaused) return void held.add(queue);
    if (busy.has(queue)) return void again.add(queue);
    timers.get(queue)?.();
    timers.delete(queue);
    parked.delete(queue);
    busy.add(queue);
    lookSafely(look, queue).catch(() => undefined);
  }

  /** Never rejects. */
  async function lookSafely(doLook: Look, queue: string): Promise<void> {
    try {
      settle(queue, await doLook(queue));
    } catch (thrown) {
      if (thrown instanceof CancelledError) stop();
      else wakeIn(queue, storePauseMs);
    }
    busy.delete(queue);
    if (again.delete(queue)) wake(queue);
  }

  function settle(queue: string, next: Next): void {
    switch (next.how) {
      case 'idle':
        return;
      case 'again':
        return void again.add(queue);
      case 'later':
        return wakeIn(queue, next.ms);
      case 'parked':
        return void parked.add(queue);
      case 'full': {
        // It may have become free on the way here, when nobody stood in the line.
        if (next.isFree()) return void again.add(queue);
        const line = lines.get(next.room) ?? new Set();
        lines.set(next.room, line.add(queue));
      }
    }
  }

  async function wakeAll(): Promise<void> {
    for await (const { queue, waiting, claimed } of store.queues(`${kind}:`)) {
      if (waiting + claimed > 0) wake(queue);
    }
  }

  /** What an earlier process left behind. */
  function search(): void {
    wakeAll().catch(() => {
      if (!isClosed) stopSearch = startTimer(clock, storePauseMs, search);
    });
  }

  function stop(): void {
    isClosed = true;
    stopSearch();
    for (const cancel of timers.values()) cancel();
    timers.clear();
  }

  return {
    start(given) {
      look = given;
      search();
    },
    wake,
    takersChanged() {
      // A look that is under way may have asked before they changed.
      for (const queue of busy) again.add(queue);
      const standing = [...lines.values()].flatMap((line) => [...line]);
      lines.clear();
      for (const queue of [...parked, ...standing]) wake(queue);
    },
    allow: () => undefined,
    placeFree(room) {
      const line = lines.get(room);
      const [next] = line ?? [];
      if (next === undefined || !line) return undefined;
      line.delete(next);
      if (line.size === 0) lines.delete(room);
      wake(next);
      return next;
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      const waiting = [...held];
      held.clear();
      for (const queue of waiting) wake(queue);
    },
    parked: () => parked.size,
    async close() {
      stop();
    },
  };
}

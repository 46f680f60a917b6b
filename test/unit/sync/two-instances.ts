import { UnreachableError } from '../../../lib/core/errors';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { createState } from '../../../lib/store/state';
import type { Hold, Store } from '../../../lib/store/store';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { fakeHistory, type FakeHistory } from './fake-history';
import { openScene, START, type SceneOptions, type SyncScene } from './scene';

/** One process of several that have the same cursor. */
export interface Instance extends SyncScene {
  /** While it is, every command of this process is refused. */
  isAway: boolean;
  /** Asked before a value of this key is written; one that throws is the answer. */
  beforeSet: (key: string) => void;
  /** What an answer waits for after it was read. */
  afterGet: (key: string) => Promise<void>;
  /** As a process that is killed: nothing of it gets through any more, and what it held is free. */
  die(): Promise<void>;
  /** As one that was taken for dead: what it held is free, and it is told so. */
  lose(): Promise<void>;
  /** As a process that stands still: what it holds stays with it. */
  freeze(): void;
}

export interface SharedStore {
  readonly clock: ManualClock;
  readonly history: FakeHistory;
  /** As another program sees it. */
  readonly store: Store;
  start(options?: SceneOptions): Instance;
  pass(ms?: number): Promise<void>;
}

const noCheck: (key: string) => void = () => undefined;
const noWait: (key: string) => Promise<void> = () => Promise.resolve();

/** A store that several processes share, as far as a cursor can tell. */
export function shareStore(): SharedStore {
  const clock = manualClock(START);
  const history = fakeHistory();
  const state = createState();
  const store = createMemoryStore({ clock, monotonic: () => clock.now(), state });

  function start(options: SceneOptions = {}): Instance {
    const mood = { isAway: false, isFrozen: false, beforeSet: noCheck, afterGet: noWait };
    const holds: { hold: Hold; lost: AbortController }[] = [];

    async function gate(): Promise<void> {
      if (mood.isFrozen) await new Promise(() => undefined);
      if (mood.isAway) throw new UnreachableError('STORE_UNAVAILABLE', 'away', { sent: false });
    }
    async function hold(name: string): Promise<Hold | undefined> {
      await gate();
      const given = await store.hold(name);
      if (!given) return undefined;
      const lost = new AbortController();
      holds.push({ hold: given, lost });
      const isOurs = async (): Promise<boolean> => {
        await gate();
        return given.isOurs();
      };
      return { ...given, lost: lost.signal, isOurs };
    }
    async function free(): Promise<void> {
      for (const one of holds) await one.hold.release();
    }
    const line: Store = {
      ...store,
      hold,
      async get(key) {
        await gate();
        const value = await store.get(key);
        await mood.afterGet(key);
        return value;
      },
      delete: (key, how) => gate().then(() => store.delete(key, how)),
      compareAndSet: (key, expected, value, how) =>
        gate().then(() => store.compareAndSet(key, expected, value, how)),
      async set(key, value, how) {
        await gate();
        mood.beforeSet(key);
        await store.set(key, value, how);
      },
    };
    const pace = { ordersMs: 50, waitingMs: 50 };
    const scene = openScene(
      { store: () => gate().then(() => line), pace, ...options },
      { history, state, clock },
    );
    return Object.assign(mood, scene, {
      freeze: () => void (mood.isFrozen = true),
      async die() {
        mood.isFrozen = true;
        await free();
      },
      async lose() {
        await free();
        for (const one of holds.splice(0)) one.lost.abort();
      },
    });
  }

  return {
    ...{ clock, history, store, start },
    async pass(ms = 1000) {
      await clock.advance(ms);
      for (let turns = 0; turns < 4; turns += 1) await clock.advance(0);
    },
  };
}

import { randomUUID } from 'node:crypto';
import type { Clock } from '../../core/clock';
import { entriesAt } from '../../core/fields';
import type { Hold, Store, StoreSource } from '../../store/store';

export interface SilenceRosterOptions {
  store: StoreSource;
  /** Whose silences these are, by the same name in every process. */
  name: string;
  clock: Clock;
  /** Reads all silences there are. */
  lookThrough: () => Promise<void>;
  onTrouble: (error: unknown) => void;
  random?: (() => number) | undefined;
}

/**
 * Which watches, of which processes, are over the same silences. Each holds a name of its own, as long as it lives; a
 * listed one whose name is free has gone with what it knew, so one of the others reads all silences. That is a walk over
 * all keys, in Redis even over those of others, and much too dear to be done every minute for nothing.
 */
export interface SilenceRoster {
  /** Resolves after the first look, also when that failed: it is done again later. */
  open(): Promise<void>;
  close(): void;
}

const roundMs = 60_000;
/** Of the list: each round gives it its whole life again. */
const keepMs = 7 * 24 * 60 * 60_000;

export function createSilenceRoster(options: SilenceRosterOptions): SilenceRoster {
  const { store, name, clock, lookThrough, onTrouble, random = Math.random } = options;
  const key = `session-watchers:${name}`;
  const holdName = (id: string): string => `session-watch:${name}:${id}`;
  const closing = new AbortController();
  let ours: { id: string; hold: Hold } | undefined;
  let hasLooked = false;

  /** Another name when ours has been given to somebody: we were taken for dead. */
  async function ownId(open: Store): Promise<string> {
    if (ours && (await ours.hold.isOurs())) return ours.id;
    const id = randomUUID();
    const hold = await open.hold(holdName(id));
    if (!hold) throw new Error('nobody else can have this name');
    ours = { id, hold };
    return id;
  }

  async function round(): Promise<void> {
    const open = await store();
    const own = await ownId(open);
    const gone = new Map<string, Hold>();
    try {
      for (const id of readIds(await open.get(key))) {
        const hold = id === own ? undefined : await open.hold(holdName(id));
        if (hold) gone.set(id, hold);
      }
      if (!hasLooked || gone.size > 0) await lookThrough();
      hasLooked = true;
      // Last: when we die before, the next one finds them gone as well.
      await list(open, own, gone);
    } finally {
      for (const hold of gone.values()) await hold.release().catch(onTrouble);
    }
  }

  async function list(open: Store, own: string, gone: ReadonlyMap<string, Hold>): Promise<void> {
    for (;;) {
      const kept = await open.get(key);
      const ids = readIds(kept);
      const isRight = ids.includes(own) && !ids.some((id) => gone.has(id));
      if (isRight && (await open.touch(key, keepMs))) return;
      const next = { ids: [...new Set([...ids.filter((id) => !gone.has(id)), own])] };
      if (await open.compareAndSet(key, kept, next, { ttlMs: keepMs })) return;
    }
  }

  const patiently = (): Promise<void> =>
    round().catch((error: unknown) => {
      if (!closing.signal.aborted) onTrouble(error);
    });

  async function goOn(): Promise<void> {
    while (!closing.signal.aborted) {
      // Not all at the same moment.
      await clock.sleep(roundMs * (0.75 + random() / 2), closing.signal).catch(() => undefined);
      if (!closing.signal.aborted) await patiently();
    }
    // What could not be given back is free when the store is closed.
    await ours?.hold.release().catch(() => undefined);
  }

  return {
    async open() {
      await patiently();
      goOn().catch(onTrouble);
    },
    close: () => closing.abort(),
  };
}

function readIds(kept: unknown): string[] {
  return entriesAt(kept, 'ids').filter((id) => typeof id === 'string');
}

import { randomUUID } from 'node:crypto';
import { CancelledError } from '../../core/errors';
import type { Hold, Store } from '../store';
import type { RedisDesk } from './desk';
import { isYes } from './replies';
import { scripts } from './scripts';

export interface RedisHolds extends Pick<Store, 'hold'> {
  /** Finds out which of ours have passed to others. */
  look(): Promise<void>;
}

interface Held {
  name: string;
  lost: AbortController;
}

/**
 * One field for each thing that somebody does alone: which open store, and which of its wishes. Nothing in it runs out;
 * what a dead store held is freed by those who watch it (presence.ts).
 */
export function createRedisHolds(desk: RedisDesk, closed: AbortSignal): RedisHolds {
  const { link, names, instance } = desk;
  const ours = new Map<string, Held>();
  /** Given up by us, and the server may not know it yet: as long as we live nobody else could free it. */
  const leaving = new Map<string, string>();

  const drop = (mark: string): void => {
    ours.get(mark)?.lost.abort(new CancelledError('another one does this now'));
    ours.delete(mark);
  };

  const take = async (name: string, mark: string): Promise<boolean> =>
    isYes(await link.run(scripts.hold, [names.beats, names.holds], [name, mark, instance]));

  const letGo = async (name: string, mark: string): Promise<void> => {
    leaving.set(mark, name);
    await link.run(scripts.letGo, [names.holds], [name, mark]);
    leaving.delete(mark);
  };

  const release = async (mark: string): Promise<void> => {
    const name = ours.get(mark)?.name;
    ours.delete(mark);
    if (name !== undefined) await letGo(name, mark);
  };

  /** Also true when the server was emptied, and nobody came before us since. */
  const isOurs = async (mark: string): Promise<boolean> => {
    const held = ours.get(mark);
    if (!held || closed.aborted) return false;
    if (await take(held.name, mark)) return ours.has(mark);
    drop(mark);
    return false;
  };

  closed.addEventListener('abort', () => [...ours.keys()].forEach(drop), { once: true });

  return {
    async hold(name): Promise<Hold | undefined> {
      // What is held after we have left would be held for ever.
      if (closed.aborted) throw new CancelledError('the store is closed');
      const mark = `${instance}|${randomUUID()}`;
      const held: Held = { name, lost: new AbortController() };
      ours.set(mark, held);
      try {
        const isTaken = await take(name, mark);
        if (!isTaken) ours.delete(mark);
        if (!isTaken) return undefined;
      } catch (thrown) {
        // It may have been taken although nobody was told so.
        release(mark).catch(() => undefined);
        throw thrown;
      }
      return { lost: held.lost.signal, isOurs: () => isOurs(mark), release: () => release(mark) };
    },
    async look() {
      for (const [mark, name] of [...leaving]) await letGo(name, mark);
      for (const mark of [...ours.keys()]) await isOurs(mark);
    },
  };
}

import type { Clock } from '../core/clock';
import { entriesAt } from '../core/fields';
import type { StoreSource } from '../store/store';

/** Talks that one process has noted, and that another one is to watch. */
export interface WaitingNews {
  /** Waits while too many have not been taken up: whoever sends them is slowed down. */
  tell(talkId: string, signal: AbortSignal): Promise<void>;
  /** Takes what there is. */
  take(): Promise<string[]>;
}

const mostUntaken = 200;
const askAgainMs = 1000;

export function createWaitingNews(store: StoreSource, owner: string, clock: Clock): WaitingNews {
  const key = `speechsense:waiting-news:${owner}`;

  async function tryToTell(talkId: string): Promise<boolean> {
    const open = await store();
    for (;;) {
      const stored = await open.get(key);
      const before = talksIn(stored);
      if (before.includes(talkId)) return true;
      if (before.length >= mostUntaken) return false;
      if (await open.compareAndSet(key, stored, [...before, talkId])) return true;
    }
  }

  return {
    async tell(talkId, signal) {
      while (!(await tryToTell(talkId))) await clock.sleep(askAgainMs, signal);
    },
    async take() {
      const open = await store();
      const stored = await open.get(key);
      const isTaken = stored !== undefined && (await open.compareAndSet(key, stored, undefined));
      return isTaken ? talksIn(stored) : [];
    },
  };
}

const talksIn = (stored: unknown): string[] =>
  entriesAt({ stored }, 'stored').filter((talkId) => typeof talkId === 'string');

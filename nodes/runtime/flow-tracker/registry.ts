import type { Entry } from './ledger';
import type { Timers } from './timers';

/** The flows that are tracked now, and for a short while those that have ended. */
export interface Registry {
  readonly live: ReadonlyMap<string, Entry>;
  add(entry: Entry): void;
  /** Keeps it as ended, to notice that it goes on. */
  retire(entry: Entry): void;
  remove(entry: Entry): void;
  liveByMessageId(messageId: unknown): Entry | undefined;
  ended(id: string): Entry | undefined;
  /** Nobody would miss anything if the hooks were not there. */
  isIdle(): boolean;
  forgetEnded(): void;
}

export function createRegistry(timers: Timers, keepEndedMs: number): Registry {
  const live = new Map<string, Entry>();
  const byMessageId = new Map<string, Entry>();
  const ended = new Map<string, { entry: Entry; until: number }>();

  function dropExpired(): void {
    const now = timers.now();
    // A Map keeps the order of insertion, so the first that is young enough ends the search.
    for (const [id, { until }] of ended) {
      if (until > now) return;
      ended.delete(id);
    }
  }

  function remove(entry: Entry): void {
    live.delete(entry.id);
    if (byMessageId.get(entry.messageId) === entry) byMessageId.delete(entry.messageId);
  }

  return {
    live,
    remove,

    add(entry) {
      dropExpired();
      live.set(entry.id, entry);
      byMessageId.set(entry.messageId, entry);
    },

    retire(entry) {
      remove(entry);
      dropExpired();
      ended.set(entry.id, { entry, until: timers.now() + keepEndedMs });
    },

    liveByMessageId: (messageId) => (typeof messageId === 'string' ? byMessageId.get(messageId) : undefined),

    ended(id) {
      dropExpired();
      return ended.get(id)?.entry;
    },

    isIdle() {
      if (live.size > 0) return false;
      if (ended.size > 0) dropExpired();
      return ended.size === 0;
    },

    forgetEnded: () => ended.clear(),
  };
}

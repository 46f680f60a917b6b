import { systemClock, type Clock } from '../core/clock';
import { at, idAt, textAt } from '../core/fields';
import type { Store, StoreSource } from '../store/store';

/** A talk whose results somebody wants, whatever happens to this process meanwhile. */
export interface WaitingTalk {
  readonly talkId: string;
  /** What goes on with the results. */
  readonly message: Readonly<Record<string, unknown>>;
  readonly since: number;
  /** How often the results were handed out in vain. */
  readonly tries: number;
  readonly notBefore: number;
}

export interface WaitingTalks {
  /** On disk when this resolves. False: this talk is waited for already. */
  add(talkId: string, message: WaitingTalk['message']): Promise<boolean>;
  find(talkId: string): Promise<WaitingTalk | undefined>;
  /** Results are handed out once more after this time. */
  later(talk: WaitingTalk, afterMs: number): Promise<void>;
  remove(talkId: string): Promise<void>;
  talkIds(): Promise<string[]>;
}

export interface WaitingTalksOptions {
  readonly store: StoreSource;
  /** Who waits. */
  readonly owner: string;
  /** What nobody takes away goes by itself: its node may be gone for good. */
  readonly keepMs: number;
  readonly clock?: Clock;
}

/** Sealed: messages hold names and phone numbers. */
export function createWaitingTalks(options: WaitingTalksOptions): WaitingTalks {
  const { store, owner, keepMs, clock = systemClock } = options;
  const prefix = `speechsense:waiting:${owner}:`;

  function kept(since: number): Parameters<Store['set']>[2] {
    return { ttlMs: Math.max(since + keepMs - clock.now(), 1), sealed: true, durable: true };
  }

  return {
    async add(talkId, message) {
      const since = clock.now();
      const record = { message, since, tries: 0, notBefore: since };
      return (await store()).compareAndSet(prefix + talkId, undefined, record, kept(since));
    },
    async find(talkId) {
      return readWaiting(talkId, await (await store()).get(prefix + talkId));
    },
    async later({ talkId, message, since, tries }, afterMs) {
      const record = { message, since, tries: tries + 1, notBefore: clock.now() + afterMs };
      await (await store()).set(prefix + talkId, record, kept(since));
    },
    async remove(talkId) {
      await (await store()).delete(prefix + talkId, { durable: true });
    },
    async talkIds() {
      const ids: string[] = [];
      for await (const { key, unreadable } of (await store()).scan(prefix)) {
        if (!unreadable) ids.push(key.slice(prefix.length));
      }
      return ids;
    },
  };
}

function readWaiting(talkId: string, stored: unknown): WaitingTalk | undefined {
  const message = at(stored, 'message');
  const since = idAt(stored, 'since');
  if (typeof message !== 'object' || message === null || since === undefined) return undefined;
  return {
    talkId,
    message: { ...message },
    since,
    tries: Number(textAt(stored, 'tries') ?? 0),
    notBefore: idAt(stored, 'notBefore') ?? since,
  };
}

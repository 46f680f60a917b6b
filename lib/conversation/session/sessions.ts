import { systemClock, type Clock } from '../../core/clock';
import type { StoreSource } from '../../store/store';

/** `{keyPrefix}` is that of the store. With the usual prefix, the keys are those of BitBot. */
export const sessionKeyTemplate = '{keyPrefix}:{memberId}:{botId}:{dialogId}';

/** The conversation that a dialog goes on with. */
export interface Session {
  readonly key: string;
  /** None before the builder has begun a conversation. */
  readonly id: string | undefined;
  /** ISO. Not known of a session that another tool has begun. */
  readonly startedAt: string | undefined;
}

export interface SessionRules {
  readonly ttlMs: number;
  /** Whether each message gives the session its whole life again. */
  readonly sliding: boolean;
  readonly clock?: Clock;
}

export interface Sessions {
  load(key: string): Promise<Session>;
  /** The session with this id: the same one, or one that begins now. Writes nothing. */
  withId(session: Session, id: string): Session;
  /** Writes what has changed between the two. */
  keep(before: Session, session: Session): Promise<void>;
  forget(key: string): Promise<boolean>;
}

export function createSessions(store: StoreSource, rules: SessionRules): Sessions {
  const { ttlMs, sliding, clock = systemClock } = rules;

  async function write({ key, id, startedAt }: Session): Promise<void> {
    const open = await store();
    await open.set(key, id, { ttlMs });
    if (startedAt !== undefined) await open.set(beginningKey(key), startedAt, { ttlMs });
  }

  return {
    async load(key) {
      const open = await store();
      const id = await open.get(key);
      if (typeof id !== 'string' || id === '') return { key, id: undefined, startedAt: undefined };
      const startedAt = await open.get(beginningKey(key));
      return { key, id, startedAt: typeof startedAt === 'string' ? startedAt : undefined };
    },
    withId: (session, id) =>
      session.id === id ? session : { key: session.key, id, startedAt: new Date(clock.now()).toISOString() },
    async keep(before, session) {
      if (session.id !== before.id) return write(session);
      if (!sliding) return;
      const open = await store();
      // It may have come to its end while the answer was made.
      if (!(await open.touch(session.key, ttlMs))) return write(session);
      await open.touch(beginningKey(session.key), ttlMs);
    },
    async forget(key) {
      const open = await store();
      await open.delete(beginningKey(key));
      return open.delete(key);
    },
  };
}

/** The value under the key itself is the id alone, for BitBot's sake and for whoever else reads it. */
function beginningKey(key: string): string {
  return `session-started:${key}`;
}

import { systemClock, type Clock } from '../../core/clock';
import type { Store, StoreSource } from '../../store/store';

/** `{keyPrefix}` is that of the store. With the usual prefix, the keys are those of BitBot. */
export const sessionKeyTemplate = '{keyPrefix}:{memberId}:{botId}:{dialogId}';

/** The conversation that a dialog goes on with. */
export interface Session {
  readonly key: string;
  /** None before the builder has begun a conversation. */
  readonly id: string | undefined;
  /** ISO. Not known of a session that another tool has begun. */
  readonly startedAt: string | undefined;
  /** What a builder wants to know again with the next message. Plain JSON; may outlive the id. */
  readonly state: unknown;
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
  note(before: Session, session: Session): Promise<void>;
  /** Where sessions slide, what has not changed between the two gets its whole life again. */
  lengthen(before: Session, session: Session): Promise<void>;
  /** Does both. */
  keep(before: Session, session: Session): Promise<void>;
  forget(key: string): Promise<boolean>;
}

export function createSessions(source: StoreSource, rules: SessionRules): Sessions {
  const { ttlMs, sliding, clock = systemClock } = rules;

  async function setId(store: Store, key: string, id: string, startedAt: string | undefined): Promise<void> {
    await store.set(key, id, { ttlMs });
    if (startedAt !== undefined) await store.set(beginningKey(key), startedAt, { ttlMs });
  }

  async function note(before: Session, { key, id, startedAt, state }: Session): Promise<void> {
    const store = await source();
    if (id !== before.id) await (id === undefined ? forgetId(store, key) : setId(store, key, id, startedAt));
    if (state === before.state) return;
    if (state === undefined) await store.delete(stateKey(key));
    else await store.set(stateKey(key), state, { ttlMs, sealed: true });
  }

  async function lengthen(before: Session, { key, id, startedAt, state }: Session): Promise<void> {
    if (!sliding) return;
    const store = await source();
    if (id !== undefined && id === before.id) {
      // It may have come to its end while the answer was made.
      if (await store.touch(key, ttlMs)) await store.touch(beginningKey(key), ttlMs);
      else await setId(store, key, id, startedAt);
    }
    if (state !== undefined && state === before.state) await store.touch(stateKey(key), ttlMs);
  }

  return {
    async load(key) {
      const store = await source();
      const state = await store.get(stateKey(key));
      const id = await store.get(key);
      if (typeof id !== 'string' || id === '') return { key, id: undefined, startedAt: undefined, state };
      const startedAt = await store.get(beginningKey(key));
      return { key, id, startedAt: typeof startedAt === 'string' ? startedAt : undefined, state };
    },
    withId: (session, id) =>
      session.id === id ? session : { ...session, id, startedAt: new Date(clock.now()).toISOString() },
    note,
    lengthen,
    async keep(before, session) {
      await note(before, session);
      await lengthen(before, session);
    },
    async forget(key) {
      const store = await source();
      const wasThere = (await store.get(key)) !== undefined;
      await forgetId(store, key);
      await store.delete(stateKey(key));
      return wasThere;
    },
  };
}

async function forgetId(store: Store, key: string): Promise<void> {
  await store.delete(beginningKey(key));
  await store.delete(key);
}

/** The value under the key itself is the id alone, for BitBot's sake and for whoever else reads it. */
function beginningKey(key: string): string {
  return `session-started:${key}`;
}

function stateKey(key: string): string {
  return `session-state:${key}`;
}

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
  keep(before: Session, session: Session): Promise<void>;
  forget(key: string): Promise<boolean>;
}

export function createSessions(source: StoreSource, rules: SessionRules): Sessions {
  const { ttlMs, sliding, clock = systemClock } = rules;

  async function keepId(store: Store, before: Session, { key, id, startedAt }: Session): Promise<void> {
    const isSame = id === before.id;
    if (isSame && (id === undefined || !sliding)) return;
    if (id === undefined) return forgetId(store, key);
    // It may have come to its end while the answer was made.
    if (isSame && (await store.touch(key, ttlMs))) return void (await store.touch(beginningKey(key), ttlMs));
    await store.set(key, id, { ttlMs });
    if (startedAt !== undefined) await store.set(beginningKey(key), startedAt, { ttlMs });
  }

  async function keepState(store: Store, before: Session, { key, state }: Session): Promise<void> {
    if (state === before.state) {
      if (sliding && state !== undefined) await store.touch(stateKey(key), ttlMs);
      return;
    }
    if (state === undefined) await store.delete(stateKey(key));
    else await store.set(stateKey(key), state, { ttlMs, sealed: true });
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
    async keep(before, session) {
      const store = await source();
      await keepId(store, before, session);
      await keepState(store, before, session);
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

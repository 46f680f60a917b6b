import { systemClock } from '../../lib/core/clock';
import { createTurns } from '../../lib/core/turns';
import { createSessions, type Session } from '../../lib/conversation/session/sessions';
import type { StoreSource } from '../../lib/store/store';

export interface SessionLife {
  readonly ttlMs: number;
  readonly sliding: boolean;
}

/** What a flow is told of a session: `msg.session`. */
export interface ToldSession {
  readonly key: string;
  readonly id: string | undefined;
  /** Nobody had begun this conversation before. */
  readonly isNew: boolean;
  readonly startedAt?: string;
  /** Left of its life. */
  readonly ttlSeconds?: number;
  readonly state?: unknown;
}

export interface SessionWork {
  load(key: string, signal: AbortSignal): Promise<ToldSession>;
  /** What the flow has made of it. A conversation that has come to its end has no id. */
  save(key: string, made: { id: string; state: unknown }, signal: AbortSignal): Promise<ToldSession>;
  /** Gives it its whole life again, also when it does not slide. */
  touch(key: string, signal: AbortSignal): Promise<ToldSession>;
  forget(key: string, signal: AbortSignal): Promise<ToldSession>;
}

/** Of the process: one node may load what another one is about to delete. */
const turns = createTurns();

export function createSessionWork(source: StoreSource, { ttlMs, sliding }: SessionLife): SessionWork {
  const sessions = createSessions(source, { ttlMs, sliding });
  const lengthened = createSessions(source, { ttlMs, sliding: true });

  function describe({ key, id, startedAt, state }: Session, isNew: boolean, leftMs: number): ToldSession {
    return {
      key,
      id,
      isNew,
      ...(startedAt !== undefined && { startedAt }),
      ...(state !== undefined && { state }),
      ...(id !== undefined && leftMs >= 0 && { ttlSeconds: Math.round(leftMs / 1000) }),
    };
  }

  /** Not a number for a session of fixed length that another tool has begun. */
  function leftOf({ startedAt }: Session): number {
    return sliding ? ttlMs : Date.parse(startedAt ?? '') + ttlMs - systemClock.now();
  }

  async function inTurn<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turn = await turns.take([key], signal);
    try {
      return await work();
    } finally {
      turn.release();
    }
  }

  return {
    load: (key, signal) =>
      inTurn(key, signal, async () => {
        const session = await sessions.load(key);
        await sessions.lengthen(session, session);
        return describe(session, session.id === undefined, leftOf(session));
      }),
    save: (key, { id, state }, signal) =>
      inTurn(key, signal, async () => {
        const before = await sessions.load(key);
        const named = { ...before, state };
        const session = id ? sessions.withId(named, id) : { ...named, id: undefined, startedAt: undefined };
        await sessions.keep(before, session);
        return describe(session, session.id === undefined || session.id !== before.id, leftOf(session));
      }),
    touch: (key, signal) =>
      inTurn(key, signal, async () => {
        const session = await lengthened.load(key);
        await lengthened.lengthen(session, session);
        return describe(session, session.id === undefined, ttlMs);
      }),
    forget: (key, signal) =>
      inTurn(key, signal, async () => {
        await sessions.forget(key);
        return { key, id: undefined, isNew: true };
      }),
  };
}

import type { Bot } from './bot';
import type { Fields } from './blocks';
import { isOver, type Said } from './flow';
import type { Answer, FlowState } from './flow-state';
import { freshId } from './ids';
import { notFound, sessionExpired, sessionNotFound } from './refusal';
import type { Variables } from './variables';

/** What is left of a conversation for the bot's owner. */
export interface Result {
  readonly id: string;
  readonly botName: string;
  readonly answers: Answer[];
  variables: Variables;
  isCompleted: boolean;
  sessionId: string;
  readonly logs: Fields[];
}

export interface Session {
  readonly id: string;
  /** As it was when the session began: a later publication does not change it. */
  readonly bot: Bot;
  /** None in a preview. */
  readonly result: Result | undefined;
  state: FlowState;
  /** Deleted ones stay visible to the test. */
  isDeleted: boolean;
  isExpired: boolean;
  /** Calls that are at work on it now. */
  underway: number;
  /** How often a call came while another one was at work. Each such call may have lost an answer. */
  overlaps: number;
  readonly startedAt: number;
  updatedAt: number;
}

export interface SessionStore {
  readonly sessions: readonly Session[];
  readonly results: ReadonlyMap<string, Result>;
  /** An open one, or none. */
  find: (id: string) => Session | undefined;
  /** Refuses the lost and the expired ones. */
  open: (id: string) => Session;
  create: (bot: Bot, state: FlowState, result: Result | undefined, id?: string) => Session;
  createResult: (bot: Bot) => Result;
  /** The copy that a call worked on takes the place of what was there. */
  save: (session: Session, state: FlowState, said: Said) => void;
  remove: (session: Session) => void;
}

export function createSessionStore(now: () => number): SessionStore {
  const sessions: Session[] = [];
  const results = new Map<string, Result>();
  const find = (id: string): Session | undefined =>
    sessions.find((session) => session.id === id && !session.isDeleted);

  return {
    sessions,
    results,
    find,
    open(id) {
      const session = find(id);
      if (!session) throw notFound(sessionNotFound);
      if (session.isExpired) throw notFound(sessionExpired);
      return session;
    },
    create(bot, state, result, id = freshId()) {
      const earlier = find(id);
      if (earlier) earlier.isDeleted = true;
      const at = now();
      const fresh = {
        isDeleted: false,
        isExpired: false,
        underway: 0,
        overlaps: 0,
        startedAt: at,
        updatedAt: at,
      };
      const session: Session = { id, bot, result, state, ...fresh };
      if (result) result.sessionId = id;
      sessions.push(session);
      return session;
    },
    createResult: (bot) => ({
      id: freshId(),
      botName: bot.name,
      answers: [],
      variables: {},
      isCompleted: false,
      sessionId: '',
      logs: [],
    }),
    save(session, state, said) {
      session.state = state;
      session.updatedAt = now();
      const { result } = session;
      if (!result) return;
      results.set(result.id, result);
      result.answers.push(...said.answers);
      result.logs.push(...said.logs);
      result.variables = { ...state.variables };
      result.isCompleted = isOver(said) && state.answers.length > 0;
    },
    remove(session) {
      session.isDeleted = true;
    },
  };
}

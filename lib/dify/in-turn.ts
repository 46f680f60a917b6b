import { timeoutOf } from './outage';
import { createProgressReporter, type ProgressReporter } from './progress';
import type { RunOptions } from './request';
import type { RunContext, RunWatcher } from './run';
import { createRunGuard } from '../core/run-guard';
import { stripThinkingSoFar } from './thinking';
import type { Turn, Turns } from '../core/turns';

export interface TurnRequest {
  readonly user: string;
  /** What the conversation is known by, as far as it is known. */
  readonly keys: readonly (string | undefined)[];
  readonly options: RunOptions;
}

export interface TakingTurns {
  readonly context: RunContext;
  readonly turns: Turns;
  /** Tells this app from others, without its key. */
  readonly appKey: string;
  readonly closing: AbortSignal;
}

export type InTurn = <T>(request: TurnRequest, work: (watcher: RunWatcher) => Promise<T>) => Promise<T>;

const usualProgressMs = 1000;

/** Does a piece of work under its limits, alone in its conversation. Waiting for its turn costs it no time. */
export function createInTurn({ context, turns, appKey, closing }: TakingTurns): InTurn {
  const { clock, timers } = context;
  const keyOf = (user: string, key: string): string => JSON.stringify([appKey, user, key]);

  return async ({ user, keys, options }, work) => {
    const guard = createRunGuard(clock, options.signal, closing);
    const ownKeys = keys.flatMap((key) => (key === undefined ? [] : [keyOf(user, key)]));
    const reporter = reporterOf(options, context);
    let turn: Turn | undefined;
    try {
      turn = await turns.take(ownKeys, guard.signal);
      guard.limit(timers.totalMs, () => timeoutOf('total', timers.totalMs));
      return await work({
        signal: guard.signal,
        onIds: announcing(options, turn, (id) => keyOf(user, id)),
        onText: (text) => reporter?.changed(() => soFar(text(), options)),
      });
    } catch (error) {
      throw guard.explain(error);
    } finally {
      reporter?.close();
      turn?.release();
      guard.close();
    }
  };
}

/** Tells each conversation once, and keeps others out of it from then on. */
function announcing(options: RunOptions, turn: Turn, keyOf: (id: string) => string): RunWatcher['onIds'] {
  let known = '';
  return ({ conversationId = '' }) => {
    if (conversationId === known || conversationId === '') return;
    known = conversationId;
    turn.alsoHold(keyOf(conversationId));
    options.onConversation?.(conversationId);
  };
}

function reporterOf(options: RunOptions, { clock }: RunContext): ProgressReporter | undefined {
  const { onProgress, progressEveryMs: everyMs = usualProgressMs } = options;
  return onProgress ? createProgressReporter({ clock, everyMs, onProgress }) : undefined;
}

function soFar(text: string, options: RunOptions): string {
  return options.stripThinking === false ? text : stripThinkingSoFar(text);
}

import { setMaxListeners } from 'node:events';
import { systemClock, type Clock } from '../core/clock';
import type { HttpClient } from '../core/http';
import { sharedTurns, type Turns } from '../core/turns';
import { parseTypebotAddress } from './address';
import { createTypebotApi } from './api';
import { checkTypebot, type TypebotCheck } from './check';
import { runCommand } from './commands';
import { answerQuestion, resumeConversation, startConversation } from './conversation';
import { inTurn } from './in-turn';
import { outageOf } from './outage';
import type { Said } from './inputs/said';
import type { StartRequest, TurnOptions, TypebotCommand, TypebotTurn } from './request';
import { loopOf, openRun, type Effort, type Run, type RunContext } from './run';
import type { TypebotSession } from './session';
import { createTalk } from './talk';
import { createUnknownCommands } from './unknown-commands';

export interface TypebotClientOptions {
  /** In any form in which people copy it. */
  readonly startUrl: string;
  /** Where the API is, when the start address does not show it. */
  readonly apiBaseUrl?: string;
  /** Only a draft needs one. */
  readonly token?: string;
  /** Stays open when the client is closed: it belongs to whoever made it. */
  readonly http: HttpClient;
  readonly clock?: Clock;
  /** For one call; models and requests of the bot run inside it. */
  readonly timeoutMs?: number;
  readonly allowPrivateNetwork?: boolean;
  readonly random?: () => number;
  /** Those of the process when left out. */
  readonly turns?: Turns;
}

export interface TypebotClient {
  /** The public id; of a draft, its own id. */
  readonly publicId: string;
  /** Of the server that has the API. */
  readonly origin: string;
  /** A conversation that begins. */
  start(request?: StartRequest): Promise<TypebotTurn>;
  /** Begins anew, once, when the session is gone. */
  answer(session: TypebotSession, said: Said, options?: TurnOptions): Promise<TypebotTurn>;
  /** As a text where the bot has no such command. */
  command(
    session: TypebotSession | undefined,
    command: TypebotCommand,
    options?: TurnOptions,
  ): Promise<TypebotTurn>;
  /** For a session that `waits` for a webhook: what it has brought. */
  resume(session: TypebotSession, brought: unknown, options?: TurnOptions): Promise<TypebotTurn>;
  /** Leaves no conversation behind. */
  check(options?: { signal?: AbortSignal }): Promise<TypebotCheck>;
  /** Ends what runs; resolves when all of it is over. */
  close(): Promise<void>;
}

const usualTimeoutMs = 90_000;
/** A turn may consist of several calls. */
const callsPerTurn = 4;

export function createTypebotClient(options: TypebotClientOptions): TypebotClient {
  const { http, clock = systemClock, timeoutMs = usualTimeoutMs, turns = sharedTurns, random } = options;
  const policy = { origin: 'configured' as const, allowPrivateNetwork: options.allowPrivateNetwork };
  const address = parseTypebotAddress(options, policy);
  const { botId: publicId } = address;
  const api = createTypebotApi({ address, token: cleanToken(options.token), http, clock, timeoutMs, random });
  const keyOf = (kind: string, key: string): string =>
    JSON.stringify([address.base.href, publicId, kind, key]);
  const context: RunContext = {
    talk: createTalk(api),
    clock,
    publicId,
    hiding: (sent) => api.hiding(sent),
    keyOf: (sessionId) => keyOf('session', sessionId),
  };
  const unknown = createUnknownCommands(clock);
  const limitMs = timeoutMs * callsPerTurn;
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const underWay = new Set<Promise<unknown>>();

  function counted<T>(work: Promise<T>): Promise<T> {
    const over: Promise<unknown> = work.then(forget, forget);
    function forget(): void {
      underWay.delete(over);
    }
    underWay.add(over);
    return work;
  }

  function run(
    { session, said, turnOptions = {} }: Work,
    work: (run: Run) => Promise<TypebotTurn>,
  ): Promise<TypebotTurn> {
    const { dialogKey, signal } = turnOptions;
    const keys = [
      ...(dialogKey === undefined ? [] : [keyOf('dialog', dialogKey)]),
      ...(session ? [context.keyOf(session.id)] : []),
    ];
    let effort: Effort = { rounds: 0, startedAt: clock.now() };
    const request = {
      keys,
      stops: [signal, closing.signal],
      limitMs,
      limitReached: () => loopOf(clock, effort),
    };
    return counted(
      inTurn({ clock, turns }, request, (turn) => {
        const opened = openRun({ context, turn, options: turnOptions, session, said });
        effort = opened;
        return work(opened);
      }),
    );
  }

  function check(signal: AbortSignal | undefined): Promise<TypebotCheck> {
    const limitReached = (): Error =>
      outageOf({ call: 'startChat', reason: 'ETIMEDOUT', sent: true, timeoutMs: limitMs });
    const request = { keys: [], stops: [signal, closing.signal], limitMs, limitReached };
    return counted(inTurn({ clock, turns }, request, (turn) => checkTypebot(api, turn.signal)));
  }

  return {
    publicId,
    origin: address.base.origin,
    start: (request = {}) =>
      run({ said: request.said, turnOptions: request }, (opened) => startConversation(opened, request)),
    answer: (session, said, turnOptions) =>
      run({ session, said, turnOptions }, (opened) => answerQuestion(opened, session, said)),
    command: (session, command, turnOptions) =>
      run({ session, said: command, turnOptions }, (opened) => runCommand(opened, session, command, unknown)),
    resume: (session, brought, turnOptions) =>
      run({ session, said: brought, turnOptions }, (opened) => resumeConversation(opened, session, brought)),
    check: ({ signal } = {}) => check(signal),
    async close() {
      closing.abort();
      await Promise.all(underWay);
    },
  };
}

interface Work {
  readonly session?: TypebotSession | undefined;
  readonly said: unknown;
  readonly turnOptions?: TurnOptions | undefined;
}

/** As it was copied, perhaps with the word that stands before it in a header. */
function cleanToken(pasted = ''): string | undefined {
  const token = pasted
    .trim()
    .replace(/^(?:authorization:\s*)?bearer\s+/i, '')
    .trim();
  return token === '' ? undefined : token;
}

import { startTimer, type Clock } from '../../core/clock';
import { CancelledError, type UnreachableError } from '../../core/errors';
import type { RedisClient } from './client';
import { asList, asText } from './replies';
import { isAnswer, isCondition, isUnsent, reasonOf, redisUnavailable } from './reasons';
import type { Script } from './scripts';

export type Argument = string | number | Buffer;

/** The connection, as the store uses it: what fails here fails with STORE_UNAVAILABLE, and says whether it was sent. */
export interface RedisLink {
  /** Sent within the call: one call after another takes effect in that order, awaited or not. */
  call(command: string, ...args: Argument[]): Promise<unknown>;
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown>;
  /** Keys that match, page by page; some may come twice. */
  scan(pattern: string): AsyncGenerator<string[]>;
  /** Why it does not work at the moment. */
  fault(): string | undefined;
  /** Ends after the first failure, or when it is connected and may write. */
  connect(): Promise<void>;
  /** Sends nothing more; `last` is the last thing that is done. */
  close(last?: () => Promise<unknown>): Promise<void>;
}

export interface LinkOptions {
  client: RedisClient;
  clock: Clock;
  /** A key to write to, in order to see whether one may. */
  probeKey: string;
  probeMs: number;
  /** How long the first connection may take: behind sentinels that are away it would be tried for ever. */
  connectMs: number;
  /** Told from the first success on. */
  onChange: (reason: string | undefined) => void;
  /** An answer came, but late. */
  onLate?: () => void;
  /** When it works again. */
  onConnected: () => Promise<void>;
}

/** So many probes without an answer, and the connection is taken for dead. */
const silentProbes = 3;
/** An answer takes a few milliseconds; a server that was busy for longer let others run into their time limit. */
const lateMs = 500;

export function createLink(options: LinkOptions): RedisLink {
  const { client, clock, probeKey, probeMs, connectMs, onChange, onLate, onConnected } = options;
  const loaded = new Set<string>();
  let reason: string | undefined = 'CLOSED';
  let lastTrouble: string | undefined;
  let phase: 'new' | 'open' | 'closing' | 'closed' = 'new';
  let silence = 0;
  let isProbing = false;
  let cancelProbe: (() => void) | undefined;

  const show = (next: string | undefined): void => {
    if (reason === next) return;
    reason = next;
    if (phase === 'open') onChange(next);
  };

  const isReady = (): boolean => client.status === 'ready';
  const isEnding = (): boolean => phase === 'closing' || phase === 'closed';

  const noteTrouble = (thrown: unknown): void => {
    if (!isCondition(thrown)) return;
    show(reasonOf(thrown));
    probeLater();
  };

  const failure = (thrown: unknown): UnreachableError => {
    noteTrouble(thrown);
    return redisUnavailable(reasonOf(thrown), !isAnswer(thrown) && !isUnsent(thrown));
  };

  /** A server that is silent would keep each call waiting for its time. */
  const assertUsable = (): void => {
    if (isEnding()) throw new CancelledError('the store is closed');
    if (!isReady()) throw redisUnavailable(lastTrouble ?? 'CLOSED', false);
    if (reason === 'TIMEOUT') throw redisUnavailable(reason, false);
  };

  const send = async (command: string, args: readonly Argument[]): Promise<unknown> => {
    const sentAt = performance.now();
    const reply: unknown = await client.call(command, [...args]);
    if (phase === 'open' && performance.now() - sentAt > lateMs) onLate?.();
    return reply;
  };

  const evaluate = (script: Script, rest: readonly Argument[]): Promise<unknown> => {
    if (!loaded.has(script.sha)) {
      loaded.add(script.sha);
      return send('EVAL', [script.lua, ...rest]);
    }
    return send('EVALSHA', [script.sha, ...rest]).catch((thrown: unknown) => {
      // Somebody has emptied the server's memory of scripts, or another shard of a cluster does not know it yet.
      if (reasonOf(thrown) !== 'NOSCRIPT') throw thrown;
      return send('EVAL', [script.lua, ...rest]);
    });
  };

  const probe = async (): Promise<void> => {
    if (isProbing || isEnding()) return;
    isProbing = true;
    try {
      if (!isReady()) return;
      await send('SET', [probeKey, '1', 'PX', 60_000]);
      silence = 0;
      if (reason !== undefined && phase === 'open') {
        // From here on it answers, or what follows would not be sent.
        reason = 'CLOSED';
        await onConnected();
      }
      show(undefined);
    } catch (thrown) {
      show(reasonOf(thrown));
      silence = reason === 'TIMEOUT' ? silence + 1 : 0;
      // The other end may be gone without a word; only a new connection finds its successor.
      if (silence >= silentProbes) reconnect();
    } finally {
      isProbing = false;
      if (reason !== undefined) probeLater();
    }
  };

  const reconnect = (): void => {
    silence = 0;
    client.disconnect(true);
  };

  const probeLater = (): void => {
    if (cancelProbe || isEnding()) return;
    cancelProbe = startTimer(clock, probeMs, () => {
      cancelProbe = undefined;
      probe().catch(() => undefined);
    });
  };

  const probeNow = (): Promise<void> => {
    cancelProbe?.();
    cancelProbe = undefined;
    return probe();
  };

  client.on('error', (error: unknown) => {
    lastTrouble = reasonOf(error);
    if (phase === 'open' && !isReady()) show(lastTrouble);
  });
  client.on('ready', () => {
    lastTrouble = undefined;
    loaded.clear();
    if (phase === 'open') probeNow().catch(() => undefined);
  });
  client.on('close', () => {
    if (phase === 'open') show(lastTrouble ?? 'CLOSED');
  });

  async function* pages(one: RedisClient, pattern: string): AsyncGenerator<string[]> {
    let cursor = '0';
    do {
      assertUsable();
      const reply = await one
        .call('SCAN', [cursor, 'MATCH', pattern, 'COUNT', 1000])
        .catch((thrown: unknown) => Promise.reject(failure(thrown)));
      const [next, keys] = asList(reply);
      yield asList(keys).map(String);
      cursor = asText(next) ?? '0';
    } while (cursor !== '0');
  }

  const firstConnection = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const cancelLimit = startTimer(clock, connectMs, () => {
        reject(redisUnavailable(lastTrouble ?? 'TIMEOUT', false));
      });
      client
        .connect()
        .then(resolve, (thrown: unknown) => reject(redisUnavailable(lastTrouble ?? reasonOf(thrown), false)))
        .finally(cancelLimit);
    });

  return {
    async call(command, ...args) {
      assertUsable();
      return send(command, args).catch((thrown: unknown) => Promise.reject(failure(thrown)));
    },
    async run(script, keys, args) {
      assertUsable();
      return evaluate(script, [keys.length, ...keys, ...args]).catch((thrown: unknown) =>
        Promise.reject(failure(thrown)),
      );
    },
    async *scan(pattern) {
      const shards = 'nodes' in client ? client.nodes('master') : [client];
      for (const shard of shards) yield* pages(shard, pattern);
    },
    fault: () => reason,
    async connect() {
      await firstConnection();
      await probeNow();
      if (reason !== undefined) throw redisUnavailable(reason, false);
      phase = 'open';
    },
    async close(last) {
      if (isEnding()) return;
      const canSend = phase === 'open' && isReady() && reason === undefined;
      phase = canSend ? phase : 'closing';
      if (canSend) await last?.().catch(() => undefined);
      phase = 'closed';
      cancelProbe?.();
      client.disconnect(false);
    },
  };
}

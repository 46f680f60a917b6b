import type { Clock } from '../../core/clock';
import { InvalidError } from '../../core/errors';
import { createConditionBoard } from '../condition-board';
import { createOpener, type HeldStore } from '../held-store';
import type { RedisAddress } from './address';
import { redisUnavailable } from './reasons';
import type { RedisStore, RedisStoreOptions } from './redis-store';

export interface RedisPlace {
  address: RedisAddress;
  keyPrefix: string;
}

export interface HeldRedisOptions {
  place: RedisPlace;
  clock: Clock;
  monotonic: () => number;
  open: (options: RedisStoreOptions) => Promise<RedisStore>;
  /** A Redis that could not be opened is not tried again before. */
  retryMs: number;
  /** An earlier holding of the same place that is still closing. */
  earlier: Promise<void> | undefined;
}

/** One Redis of this process. Once it is open, the store itself comes back after each outage. */
export interface HeldRedis extends HeldStore {
  source(): Promise<RedisStore>;
}

export function createHeldRedis(options: HeldRedisOptions): HeldRedis {
  const { place, clock, monotonic, retryMs } = options;
  const board = createConditionBoard();
  let chosen: string | undefined;
  /** The one that the open store goes by. */
  let used: string | undefined;
  let turn: Promise<void> = Promise.resolve();

  const open = async (): Promise<RedisStore> => {
    await options.earlier;
    const encryptionKey = chosen ?? '';
    const opened = await options.open({
      ...{ ...place, clock, monotonic, encryptionKey },
      onStateChange(reason) {
        if (!opener.now()) return;
        if (reason === undefined) becomeReady();
        else board.show({ state: 'unavailable', error: redisUnavailable(reason, false) });
      },
    });
    used = encryptionKey;
    return opened;
  };

  const opener = createOpener<RedisStore>({
    ...{ clock, monotonic, retryMs, open },
    onOpening: () => board.show({ state: 'opening' }),
    onOpen(opened) {
      board.show({ state: 'ready', notices: opened.notices });
      changeKey();
    },
    onFailure: (error) => board.show({ state: 'unavailable', error }),
  });

  const becomeReady = (): void => {
    board.show({ state: 'ready', notices: [] });
    changeKey();
  };

  const toChosenKey = async (): Promise<void> => {
    const store = opener.now();
    if (!store || chosen === undefined || chosen === used) return;
    const next = chosen;
    await store.useEncryptionKey(next);
    used = next;
  };

  /** What goes wrong because of the connection is made good when that is back. */
  const changeKey = (): void => {
    turn = turn.then(toChosenKey).catch((thrown: unknown) => {
      if (thrown instanceof InvalidError) board.show({ state: 'unavailable', error: thrown });
    });
  };

  return {
    source: opener.source,
    condition: board.condition,
    onCondition: board.listen,
    wantKey(text) {
      if (text === undefined || text === chosen) return;
      chosen = text;
      changeKey();
    },
    flush: async () => opener.now()?.flush(),
    // Our claims are found to be a dead one's soon enough.
    letGoNow: () => undefined,
    async close() {
      await opener.end();
      await turn;
      await opener.now()?.close();
    },
  };
}

import type { Clock } from '../../core/clock';
import { CancelledError, toError } from '../../core/errors';
import { runAlone } from '../../store/alone';
import type { Hold, Store, StoreSource } from '../../store/store';
import type { PollerRegistry } from './poller-registry';

export interface PollerTurnOptions {
  registry: PollerRegistry;
  /** The same for all pollers of this bot in this process. */
  key: string;
  store: StoreSource;
  /** The same for all pollers of this bot that share the store. */
  name: string;
  clock: Clock;
  signal: AbortSignal;
  /** Another process fetches. Told each time it is asked. */
  onElsewhere: () => void;
  /** Nobody can tell who fetches. Told each time it is asked. */
  onTrouble: (error: Error) => void;
  /**
   * Its signal ends also when another process has taken over; `mustBeOurs` rejects from then on. It may end by itself
   * with the time for which it leaves the turn to others.
   */
  poll: (signal: AbortSignal, mustBeOurs: () => Promise<void>) => Promise<number | undefined>;
}

/**
 * One poller for one bot: first in this process, where a deploy hands over at once, then among all processes that share
 * the store, where the next one comes when this one has closed, is dead or gives way.
 */
export async function pollInTurn(options: PollerTurnOptions): Promise<void> {
  const { registry, key, name, clock, signal, poll } = options;
  const leave = await registry.enter(key, signal);
  try {
    while (!signal.aborted) {
      let restMs = 0;
      await runAlone({
        ...{ store: tellingWhy(options), name, clock, signal },
        async work(untilLost, hold) {
          restMs = (await poll(untilLost, () => mustBeOurs(hold))) ?? 0;
        },
      });
      await clock.sleep(restMs, signal);
    }
  } finally {
    leave();
  }
}

async function mustBeOurs(hold: Hold): Promise<void> {
  if (!(await hold.isOurs())) throw new CancelledError('another process fetches now');
}

/** Why it is not our turn changes while we wait: the store goes and comes back, and so do the other processes. */
function tellingWhy({ store, onElsewhere, onTrouble }: PollerTurnOptions): StoreSource {
  const told = (thrown: unknown): never => {
    onTrouble(toError(thrown));
    throw thrown;
  };
  return async (): Promise<Store> => {
    const open = await store().catch(told);
    return {
      ...open,
      async hold(name) {
        const hold = await open.hold(name).catch(told);
        if (!hold) onElsewhere();
        return hold;
      },
    };
  };
}

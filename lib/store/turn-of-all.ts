import type { Clock } from '../core/clock';
import type { Hold, Store, StoreSource } from './store';

export interface TurnOfAll {
  readonly name: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

const askAgainMs = 500;

/**
 * A piece of work that only one of all who share the store does at a time. The others wait, in no order; one who dies
 * leaves the turn to the next. In this process have it done one after the other, so that it does not wait for itself.
 */
export async function inTurnOfAll<T>(store: Store, turn: TurnOfAll, work: () => Promise<T>): Promise<T> {
  const hold = (await store.hold(turn.name)) ?? (await waitForHold(() => Promise.resolve(store), turn));
  try {
    return await work();
  } finally {
    await hold?.release().catch(() => undefined);
  }
}

/** Asks every half a second; undefined when it was asked for `mostAsks` times in vain. */
export async function waitForHold(
  store: StoreSource,
  { name, clock, signal }: TurnOfAll,
  mostAsks = Infinity,
): Promise<Hold | undefined> {
  for (let asked = 0; asked < mostAsks; asked += 1) {
    const hold = await (await store()).hold(name);
    if (hold) return hold;
    await clock.sleep(askAgainMs, signal);
  }
  return undefined;
}

import type { Clock } from '../core/clock';
import type { Hold, Store } from './store';

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
export async function inTurnOfAll<T>(
  store: Store,
  { name, clock, signal }: TurnOfAll,
  work: () => Promise<T>,
): Promise<T> {
  let hold: Hold | undefined;
  while (!(hold = await store.hold(name))) await clock.sleep(askAgainMs, signal);
  try {
    return await work();
  } finally {
    await hold.release().catch(() => undefined);
  }
}

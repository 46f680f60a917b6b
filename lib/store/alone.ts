import type { Clock } from '../core/clock';
import { CancelledError } from '../core/errors';
import type { Hold, StoreSource } from './store';

export interface AloneOptions {
  store: StoreSource;
  /** What is done: the same for all who would do it. */
  name: string;
  clock: Clock;
  /** Ends it for good. */
  signal: AbortSignal;
  /** `signal` ends when the outer one does, or when another one has taken over. */
  work: (signal: AbortSignal, hold: Hold) => Promise<void>;
  /** Somebody else does it, or the store cannot be asked; told once for each wait. */
  onWaiting?: () => void;
}

const askAgainMs = 5000;

/**
 * Does the work as long as no other one who shares the store does it. When it has passed to another, this one waits for
 * it to come back. Resolves when the work has ended by itself or the signal has; rejects with what the work throws.
 */
export async function runAlone(options: AloneOptions): Promise<void> {
  const { clock, signal, onWaiting } = options;
  let isWaiting = false;
  while (!signal.aborted) {
    const hold = await tryHold(options);
    if (hold) {
      isWaiting = false;
      if (await workWhileHeld(options, hold)) return;
      continue;
    }
    if (!isWaiting) onWaiting?.();
    isWaiting = true;
    await clock.sleep(askAgainMs, signal).catch(() => undefined);
  }
}

/** Nobody can be told from here that the store is away; whoever uses it says so. */
const tryHold = ({ store, name }: AloneOptions): Promise<Hold | undefined> =>
  store()
    .then((open) => open.hold(name))
    .catch(() => undefined);

/** False when another one has it now. */
async function workWhileHeld({ signal, work }: AloneOptions, hold: Hold): Promise<boolean> {
  const stop = new AbortController();
  const end = (): void => stop.abort(new CancelledError());
  signal.addEventListener('abort', end, { once: true });
  hold.lost.addEventListener('abort', end, { once: true });
  try {
    if (signal.aborted || hold.lost.aborted) end();
    await work(stop.signal, hold);
    return signal.aborted || !hold.lost.aborted;
  } catch (thrown) {
    if (hold.lost.aborted && !signal.aborted) return false;
    throw thrown;
  } finally {
    signal.removeEventListener('abort', end);
    hold.lost.removeEventListener('abort', end);
    await hold.release().catch(() => undefined);
  }
}

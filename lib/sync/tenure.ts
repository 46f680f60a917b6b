import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { CancelledError } from '../core/errors';
import type { Hold, StoreSource } from '../store/store';

/** The time in which this process is the one who works on a cursor, among all who share the store. */
export interface Tenure {
  /** Tells its writes from those of whoever had the cursor before. */
  readonly mark: string;
  /** Aborted when the cursor has passed to another process, or is closed. */
  readonly signal: AbortSignal;
  /** Before what must not be done twice: rejects with CancelledError when it has passed on. */
  assertOurs(): Promise<void>;
}

export interface Tenures {
  /** Undefined while another process has it. Rejects when the store cannot be asked. */
  take(): Promise<Tenure | undefined>;
  now(): Tenure | undefined;
  close(): Promise<void>;
}

export interface TenuresOptions {
  readonly name: string;
  readonly store: StoreSource;
  readonly closing: AbortSignal;
  readonly onLost: () => void;
}

interface Held {
  readonly tenure: Tenure;
  readonly hold: Hold;
}

export function createTenures({ name, store, closing, onLost }: TenuresOptions): Tenures {
  let held: Held | undefined;
  let taking: Promise<Tenure | undefined> | undefined;

  async function takeOnce(): Promise<Tenure | undefined> {
    const hold = await (await store()).hold(name);
    if (!hold) return undefined;
    if (closing.aborted) {
      await hold.release();
      throw new CancelledError();
    }
    return begin(hold).tenure;
  }

  function begin(hold: Hold): Held {
    const ending = new AbortController();
    // Every row in the flow listens to it.
    setMaxListeners(0, ending.signal);
    // Of an embedded store it is the signal of the whole store.
    setMaxListeners(0, hold.lost);
    const end = (): void => {
      closing.removeEventListener('abort', end);
      hold.lost.removeEventListener('abort', lose);
      ending.abort();
    };
    const begun: Held = { hold, tenure: { mark: randomUUID(), signal: ending.signal, assertOurs } };

    function lose(): void {
      if (held !== begun) return;
      held = undefined;
      end();
      onLost();
    }

    async function assertOurs(): Promise<void> {
      if (!ending.signal.aborted && (await hold.isOurs())) return;
      lose();
      throw new CancelledError('another process works on this now');
    }

    held = begun;
    closing.addEventListener('abort', end, { once: true });
    hold.lost.addEventListener('abort', lose, { once: true });
    if (hold.lost.aborted) lose();
    return begun;
  }

  return {
    async take() {
      if (held) return held.tenure;
      taking ??= takeOnce().finally(() => (taking = undefined));
      return taking;
    },
    now: () => held?.tenure,
    async close() {
      const last = held;
      held = undefined;
      await last?.hold.release().catch(() => undefined);
    },
  };
}

/** Of records that are read only. */
export const noTenure: Tenure = {
  mark: '',
  signal: new AbortController().signal,
  assertOurs: () => Promise.reject(new CancelledError()),
};

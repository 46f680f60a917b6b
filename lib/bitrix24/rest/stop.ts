import { CancelledError } from '../../core/errors';
import { onAbort } from '../../core/unless-aborted';

/** Gives each piece of work a signal of its own, which ends with the given one or when everything is stopped. */
export interface Stopper {
  run<T>(signal: AbortSignal | undefined, work: (own: AbortSignal) => Promise<T>): Promise<T>;
  /** Ends what runs; what is started later ends at once. */
  stop(): void;
}

export function createStopper(): Stopper {
  const running = new Set<AbortController>();
  let stopped = false;

  async function run<T>(signal: AbortSignal | undefined, work: (own: AbortSignal) => Promise<T>): Promise<T> {
    if (stopped || signal?.aborted) throw new CancelledError();
    const own = new AbortController();
    running.add(own);
    const stopListening = onAbort(signal, () => own.abort());
    try {
      return await work(own.signal);
    } finally {
      stopListening();
      running.delete(own);
    }
  }

  return {
    run,
    stop() {
      stopped = true;
      for (const own of running) own.abort();
    },
  };
}

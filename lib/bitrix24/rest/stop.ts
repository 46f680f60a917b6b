import { CancelledError } from '../../core/errors';

const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `onStop` once when the signal is aborted; the answer takes the wish back. However many calls share a signal,
 * it carries one listener: Node warns of a leak from the eleventh on.
 */
export function onAbort(signal: AbortSignal | undefined, onStop: () => void): () => void {
  if (!signal) return () => undefined;
  const waiting = listeners.get(signal) ?? listenTo(signal);
  waiting.add(onStop);
  return () => void waiting.delete(onStop);
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const waiting = new Set<() => void>();
  listeners.set(signal, waiting);
  signal.addEventListener(
    'abort',
    () => {
      for (const onStop of [...waiting]) onStop();
      waiting.clear();
    },
    { once: true },
  );
  return waiting;
}

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

/** Waits for the promise, but not past the signal. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal?.aborted) return Promise.reject(new CancelledError());
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, () => reject(new CancelledError()));
    promise
      .then(resolve, reject)
      .finally(stopListening)
      .catch(() => undefined);
  });
}

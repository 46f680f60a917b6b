import { CancelledError } from './errors';

const crowds = new WeakMap<object, Set<() => void>>();

/**
 * Calls `onStop` once when the signal is aborted; the answer takes the wish back. However many calls share a signal,
 * it carries one listener: Node warns of a leak from the eleventh on. It carries none when nobody waits any more.
 */
export function onAbort(signal: AbortSignal | undefined, onStop: () => void): () => void {
  if (!signal) return nothing;
  const crowd = crowds.get(signal) ?? gather(signal);
  crowd.add(onStop);
  return () => {
    crowd.delete(onStop);
    if (crowd.size === 0) disband(signal, crowd);
  };
}

const nothing = (): void => undefined;

function gather(signal: AbortSignal): Set<() => void> {
  const crowd = new Set<() => void>();
  crowds.set(signal, crowd);
  signal.addEventListener('abort', callAll, { once: true });
  return crowd;
}

/** One for all signals: many of them have but one who waits, and live long. */
function callAll({ target }: Event): void {
  const crowd = target ? crowds.get(target) : undefined;
  if (!crowd) return;
  for (const onStop of [...crowd]) onStop();
  crowd.clear();
}

/** The last one has gone. */
function disband(signal: AbortSignal, crowd: Set<() => void>): void {
  if (crowds.get(signal) !== crowd) return;
  signal.removeEventListener('abort', callAll);
  crowds.delete(signal);
}

/**
 * Waits for the work, but not past the signal: then it rejects with CancelledError, also when the work does not listen
 * to it. The work goes on, for others may wait for it too, and what becomes of it is nobody's unhandled rejection.
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  if (signal.aborted) {
    work.catch(() => undefined);
    return Promise.reject(new CancelledError());
  }
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, () => reject(new CancelledError()));
    work
      .then(resolve, reject)
      .finally(stopListening)
      .catch(() => undefined);
  });
}

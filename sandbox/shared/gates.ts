/** A point that is not passed before the test says so. */
export interface Gate {
  /** Resolves when somebody stands before it for the first time. */
  readonly arrived: Promise<void>;
  /** Lets through who waits there and who comes later. */
  open: () => void;
  /** Resolves when it is open, or when the signal is aborted. */
  pass: (signal: AbortSignal) => Promise<void>;
}

export function createGate(): Gate {
  const arrival = createMoment();
  const opening = createMoment();
  return {
    arrived: arrival.come,
    open: opening.note,
    pass(signal) {
      arrival.note();
      if (signal.aborted) return Promise.resolve();
      const aborted = createMoment();
      signal.addEventListener('abort', aborted.note, { once: true });
      return Promise.race([opening.come, aborted.come]).finally(() =>
        signal.removeEventListener('abort', aborted.note),
      );
    },
  };
}

function createMoment(): { come: Promise<void>; note: () => void } {
  let note = (): void => undefined;
  const come = new Promise<void>((resolve) => (note = resolve));
  return { come, note: () => note() };
}

/** A point that is not passed before the test says so. */
export interface Gate {
  /** Resolves when somebody stands before it for the first time. */
  readonly arrived: Promise<void>;
  readonly isOpen: boolean;
  /** Lets through who waits there and who comes later. */
  open: () => void;
  /** Resolves when it is open, or when the signal is aborted. */
  pass: (signal?: AbortSignal) => Promise<void>;
}

export function createGate(): Gate {
  const arrival = createMoment();
  const opening = createMoment();
  let isOpen = false;
  return {
    arrived: arrival.come,
    get isOpen() {
      return isOpen;
    },
    open() {
      isOpen = true;
      opening.note();
    },
    pass(signal) {
      arrival.note();
      if (!signal) return opening.come;
      if (signal.aborted) return Promise.resolve();
      const aborted = createMoment();
      signal.addEventListener('abort', aborted.note, { once: true });
      return Promise.race([opening.come, aborted.come]).finally(() =>
        signal.removeEventListener('abort', aborted.note),
      );
    },
  };
}

export function isGate(value: unknown): value is Gate {
  return typeof value === 'object' && value !== null && 'pass' in value && 'arrived' in value;
}

function createMoment(): { come: Promise<void>; note: () => void } {
  let note = (): void => undefined;
  const come = new Promise<void>((resolve) => (note = resolve));
  return { come, note: () => note() };
}

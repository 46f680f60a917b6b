/** A point that a run or a body does not pass before the test says so. */
export interface Gate {
  /** Resolves when something stands before the gate for the first time. */
  readonly arrived: Promise<void>;
  readonly isOpen: boolean;
  /** Lets through who stands there and who comes later. */
  open: () => void;
  /** Resolves once the gate is open, or when the signal is aborted. */
  pass: (signal?: AbortSignal) => Promise<void>;
}

export function createGate(): Gate {
  let isOpen = false;
  let noteArrival: () => void = () => undefined;
  let noteOpening: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => (noteArrival = resolve));
  const opened = new Promise<void>((resolve) => (noteOpening = resolve));
  return {
    arrived,
    get isOpen() {
      return isOpen;
    },
    open() {
      isOpen = true;
      noteOpening();
    },
    pass(signal) {
      noteArrival();
      return signal ? Promise.race([opened, aborted(signal)]) : opened;
    },
  };
}

export function isGate(value: unknown): value is Gate {
  return typeof value === 'object' && value !== null && 'pass' in value && 'arrived' in value;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

import { startTimer, type Clock } from '../core/clock';
import { CancelledError, toError } from '../core/errors';
import type { ConditionListener, StoreCondition } from './offer';
import type { Store } from './store';

/** One store of this process: opened on first use, again and again until it works, and kept open until `close`. */
export interface HeldStore {
  source(): Promise<Store>;
  condition(): StoreCondition;
  onCondition(listener: ConditionListener): () => void;
  /** The key that a person has chosen, as text; undefined: it stays as it is. */
  wantKey(text: string | undefined): void;
  flush(): Promise<void>;
  close(): Promise<void>;
  /** As the process ends. */
  letGoNow(): void;
}

export interface OpenerOptions<S> {
  clock: Clock;
  monotonic: () => number;
  /** What could not be opened is not tried again before. */
  retryMs: number;
  open: () => Promise<S>;
  /** Not told while it is tried again and again. */
  onOpening: () => void;
  onOpen: (opened: S) => void;
  onFailure: (error: Error) => void;
}

export interface Opener<S> {
  readonly source: () => Promise<S>;
  /** While it is open. */
  now(): S | undefined;
  /** It cannot be used any more, and is opened anew later. Gives what was open, for somebody to close it. */
  drop(error: Error): S | undefined;
  /** Opens nothing any more. */
  end(): Promise<void>;
}

export function createOpener<S>(options: OpenerOptions<S>): Opener<S> {
  const { clock, monotonic, retryMs, onOpening, onOpen, onFailure } = options;
  let opening: Promise<S> | undefined;
  let opened: S | undefined;
  let failure: { error: Error; at: number } | undefined;
  let isEnded = false;
  let cancelRetry: (() => void) | undefined;

  const open = (): Promise<S> => {
    cancelRetry?.();
    if (!failure) onOpening();
    const attempt = options.open().then(
      (made) => {
        opened = made;
        failure = undefined;
        onOpen(made);
        return made;
      },
      (thrown: unknown) => {
        fail(toError(thrown));
        throw thrown;
      },
    );
    opening = attempt;
    return attempt;
  };

  const fail = (error: Error): void => {
    opening = undefined;
    failure = { error, at: monotonic() };
    onFailure(error);
    if (isEnded) return;
    cancelRetry = startTimer(clock, retryMs, () => {
      open().catch(() => undefined);
    });
  };

  return {
    // The very promise of the opening: each step of an event asks for the store, and one around it would cost as much.
    source() {
      if (isEnded) return Promise.reject(new CancelledError('the store is closed'));
      if (opening) return opening;
      if (failure && monotonic() - failure.at < retryMs) return Promise.reject(failure.error);
      return open();
    },
    now: () => opened,
    drop(error) {
      const lost = opened;
      if (lost === undefined) return undefined;
      opened = undefined;
      fail(error);
      return lost;
    },
    async end() {
      isEnded = true;
      cancelRetry?.();
      await opening?.catch(() => undefined);
    },
  };
}

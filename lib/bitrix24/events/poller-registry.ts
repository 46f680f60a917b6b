import { unlessAborted } from '../../core/unless-aborted';

/**
 * Two pollers of one bot confirm each other's events away. A deploy starts the new one while the old one may still be
 * in the middle of a request, so each waits until the one before has really stopped.
 */
export interface PollerRegistry {
  /** Resolves when it is the caller's turn, with a function that ends it. Rejects when the signal is aborted first. */
  enter(key: string, signal: AbortSignal): Promise<() => void>;
}

/** Of this process: a module is loaded once, however often flows are deployed. */
export const pollerRegistry = createPollerRegistry();

export function createPollerRegistry(): PollerRegistry {
  /** By key, when the last one in the line is through. */
  const lines = new Map<string, Promise<void>>();

  return {
    async enter(key, signal) {
      const before = lines.get(key) ?? Promise.resolve();
      let leave = (): void => undefined;
      const left = new Promise<void>((resolve) => {
        leave = resolve;
      });
      // Whoever gives up while waiting must not let the next one in before its time.
      const through = Promise.all([before, left]).then(() => {
        if (lines.get(key) === through) lines.delete(key);
      });
      lines.set(key, through);
      try {
        await unlessAborted(before, signal);
      } catch (error) {
        leave();
        throw error;
      }
      return leave;
    },
  };
}

/** Lets a test wait until something it is looking for has happened. */
export interface WaitOptions {
  timeoutMs?: number;
}

export interface Waiting<Item> {
  note: (item: Item) => void;
  until(
    past: Iterable<Item>,
    fits: (item: Item) => boolean,
    what: string,
    options?: WaitOptions,
  ): Promise<Item>;
  stop: () => void;
}

const defaultTimeoutMs = 5000;

export function createWaiting<Item>(): Waiting<Item> {
  const waiters = new Set<{ offer(item: Item): void; giveUp(reason: string): void }>();
  return {
    note: (item) => {
      for (const waiter of [...waiters]) waiter.offer(item);
    },
    until(past, fits, what, options = {}) {
      for (const item of past) if (fits(item)) return Promise.resolve(item);
      return new Promise((resolve, reject) => {
        const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
        const timer = setTimeout(() => waiter.giveUp(`within ${timeoutMs} ms`), timeoutMs);
        const waiter = {
          offer(item: Item): void {
            if (!fits(item)) return;
            clearTimeout(timer);
            waiters.delete(waiter);
            resolve(item);
          },
          giveUp(reason: string): void {
            clearTimeout(timer);
            waiters.delete(waiter);
            reject(new Error(`no such ${what} ${reason}`));
          },
        };
        waiters.add(waiter);
      });
    },
    stop: () => {
      for (const waiter of [...waiters]) waiter.giveUp('before the portal was stopped');
    },
  };
}

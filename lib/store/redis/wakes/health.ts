/** Whether something that is tried again and again has not worked for too long. */
export interface Health {
  failed(): void;
  worked(): void;
  isDown(): boolean;
}

export function createHealth(monotonic: () => number, afterMs: number): Health {
  let since: number | undefined;
  let last = 0;
  return {
    failed() {
      last = monotonic();
      since ??= last;
    },
    worked() {
      since = undefined;
    },
    isDown: () => since !== undefined && last - since >= afterMs && monotonic() - last < afterMs,
  };
}

/** A door that lets in one after another, in the order in which they came, while there is room. */
export interface Room {
  /** undefined: come in at once. */
  enter(): Promise<void> | undefined;
  /** Room may have become free. */
  leave(): void;
  /** Lets in all who wait. */
  open(): void;
}

export function createRoom(isFull: () => boolean): Room {
  let waiting: (() => void)[] = [];
  let isLetting = false;

  const open = (): void => {
    const guests = waiting;
    waiting = [];
    if (guests.length === 0) return;
    isLetting = true;
    for (const letIn of guests) letIn();
    // Runs after all of them have come in. Whoever came meanwhile had to queue, or would have overtaken them.
    Promise.resolve()
      .then(() => {
        isLetting = false;
        leave();
      })
      .catch(() => undefined);
  };

  const leave = (): void => {
    if (!isLetting && !isFull()) open();
  };

  return {
    enter() {
      if (!isLetting && waiting.length === 0 && !isFull()) return undefined;
      return new Promise((resolve) => waiting.push(resolve));
    },
    leave,
    open,
  };
}

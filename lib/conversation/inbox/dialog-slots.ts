import type { Reader } from '../../bitrix24/events/reader';

/** How many dialogs each reader works on side by side, and who is next. */
export interface DialogSlots {
  /** False when the reader is at its limit. */
  enter(reader: Reader, queue: string): boolean;
  /** Whether `enter` would be true. */
  hasRoom(reader: Reader, queue: string): boolean;
  leave(reader: Reader): void;
  /** The place was kept for the queue, which has no use for it. */
  decline(queue: string): void;
  running(reader: Reader): number;
}

/** `callNext` names a queue that waits for this reader and is looked at now; its place is kept until then. */
export function createDialogSlots(callNext: (reader: Reader) => string | undefined): DialogSlots {
  const running = new Map<Reader, number>();
  /** Called: the place is theirs already. */
  const called = new Map<string, Reader>();
  const countOf = (reader: Reader): number => running.get(reader) ?? 0;

  function leave(reader: Reader): void {
    const count = countOf(reader);
    const next = count > reader.rules.maxDialogs ? undefined : callNext(reader);
    if (next !== undefined) called.set(next, reader);
    else if (count > 1) running.set(reader, count - 1);
    else running.delete(reader);
  }

  function decline(queue: string): void {
    const reader = called.get(queue);
    called.delete(queue);
    if (reader) leave(reader);
  }

  const hasRoom = (reader: Reader, queue: string): boolean =>
    called.get(queue) === reader || countOf(reader) < reader.rules.maxDialogs;

  return {
    hasRoom,
    enter(reader, queue) {
      if (called.get(queue) === reader) {
        called.delete(queue);
        return true;
      }
      decline(queue);
      if (countOf(reader) >= reader.rules.maxDialogs) return false;
      running.set(reader, countOf(reader) + 1);
      return true;
    },
    leave,
    decline,
    running: countOf,
  };
}

import type { Reader } from '../../bitrix24/events/reader';

/** How many dialogs each reader works on side by side, and who is next. */
export interface DialogSlots {
  /** False when the reader is at its limit: the queue is woken when its turn has come. */
  enter(reader: Reader, queue: string): boolean;
  leave(reader: Reader): void;
  /** The queue was woken for its turn and has no use for it. */
  decline(queue: string): void;
  /** Empties the waiting lines, for readers that may have gone; whoever stood in them has to ask again. */
  dissolve(): readonly string[];
  running(reader: Reader): number;
}

interface Room {
  running: number;
  /** In the order in which they asked. */
  line: Set<string>;
}

export function createDialogSlots(wake: (queue: string) => void): DialogSlots {
  const rooms = new Map<Reader, Room>();
  /** Called from the line: the place is theirs already. */
  const called = new Map<string, Reader>();

  function roomOf(reader: Reader): Room {
    const room = rooms.get(reader) ?? { running: 0, line: new Set() };
    rooms.set(reader, room);
    return room;
  }

  function leave(reader: Reader): void {
    const room = roomOf(reader);
    const [next] = room.line;
    if (next === undefined || room.running > reader.rules.maxDialogs) {
      room.running -= 1;
      if (room.running === 0 && room.line.size === 0) rooms.delete(reader);
      return;
    }
    room.line.delete(next);
    called.set(next, reader);
    wake(next);
  }

  function decline(queue: string): void {
    const reader = called.get(queue);
    called.delete(queue);
    if (reader) leave(reader);
  }

  return {
    enter(reader, queue) {
      if (called.get(queue) === reader) {
        called.delete(queue);
        return true;
      }
      decline(queue);
      const room = roomOf(reader);
      if (room.running >= reader.rules.maxDialogs) {
        room.line.add(queue);
        return false;
      }
      room.running += 1;
      return true;
    },
    leave,
    decline,
    dissolve() {
      const standing: string[] = [];
      for (const [reader, room] of rooms) {
        standing.push(...room.line);
        room.line.clear();
        if (room.running === 0) rooms.delete(reader);
      }
      return standing;
    },
    running: (reader) => rooms.get(reader)?.running ?? 0,
  };
}

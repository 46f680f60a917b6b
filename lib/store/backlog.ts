import { frameLength, type Frame } from './frame';

/** Frames that are not durable yet, oldest first, and who waits for them. Their numbers have no gaps. */
export interface Backlog {
  add(frame: Frame): void;
  /** The next frames behind this number, as many as make a good write. */
  following(seq: number): Frame[];
  /** Resolves when this number is settled. */
  wait(seq: number): Promise<void>;
  settle(upTo: number): void;
  /** Rejects all who wait; the frames stay. */
  disappoint(failure: Error): void;
  bytes(): number;
}

interface Waiter {
  seq: number;
  resolve(): void;
  reject(failure: Error): void;
}

const bytesPerWrite = 1024 * 1024;

export function createBacklog(): Backlog {
  let frames: Frame[] = [];
  let bytes = 0;
  let waiters: Waiter[] = [];

  return {
    add(frame) {
      frames.push(frame);
      bytes += frameLength(frame);
    },
    following(seq) {
      const start = seq + 1 - (frames[0]?.seq ?? 0);
      let end = start;
      for (let size = 0; end < frames.length && size < bytesPerWrite; end += 1) {
        size += frames[end]?.body.length ?? 0;
      }
      return frames.slice(start, end);
    },
    wait: (seq) => new Promise((resolve, reject) => waiters.push({ seq, resolve, reject })),
    settle(upTo) {
      const firstLeft = frames.findIndex(({ seq }) => seq > upTo);
      const done = firstLeft < 0 ? frames : frames.slice(0, firstLeft);
      frames = firstLeft < 0 ? [] : frames.slice(firstLeft);
      for (const frame of done) bytes -= frameLength(frame);
      const content = waiters.filter(({ seq }) => seq <= upTo);
      waiters = waiters.filter(({ seq }) => seq > upTo);
      for (const waiter of content) waiter.resolve();
    },
    disappoint(failure) {
      const left = waiters;
      waiters = [];
      for (const waiter of left) waiter.reject(failure);
    },
    bytes: () => bytes,
  };
}

import { unlessAborted } from '../../core/unless-aborted';

export interface AnswerTurns {
  /** Which answer of this node to this hand-out of the event it is, from 0. To be asked in the order of the answers. */
  place(nodeId: string, handOut: { eventId: string; attempt: number }): number;
  /**
   * Answers in one dialog are given one after the other, whole. So none overtakes one that waits for the disk, and a
   * late answer of an earlier hand-out is through before the next one looks at what has gone out.
   */
  inOrder<T>(dialog: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** Whether this was begun in this process before; from now on it was. */
  begin(key: string): boolean;
}

/** Lives as long as the process: what was being sent when a node was closed goes on beside the node that follows it. */
export function createAnswerTurns(most = 10_000): AnswerTurns {
  const counts = new Map<string, number>();
  const begun = new Map<string, true>();
  const last = new Map<string, Promise<void>>();

  return {
    place(nodeId, { eventId, attempt }) {
      const key = `${nodeId} ${attempt} ${eventId}`;
      const place = counts.get(key) ?? 0;
      keepYoungest(counts, key, place + 1, most);
      return place;
    },
    inOrder(dialog, signal, work) {
      const earlier = last.get(dialog) ?? Promise.resolve();
      const result = unlessAborted(earlier, signal).then(work);
      // Who gives up waiting must not let the next one pass the answer that is still being given.
      const through = Promise.allSettled([earlier, result]).then(() => {
        if (last.get(dialog) === through) last.delete(dialog);
      });
      last.set(dialog, through);
      return result;
    },
    begin(key) {
      const isKnown = begun.has(key);
      keepYoungest(begun, key, true, most);
      return isKnown;
    },
  };
}

function keepYoungest<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}

import type { NotedError, PackError } from './shapes';

export interface ErrorRing {
  note(error: PackError): void;
  /** The latest first. */
  list(): readonly NotedError[];
}

const MOST = 50;
const LONGEST_MESSAGE = 500;

/** The last errors. One that comes again and again takes one place, or it would push out all the others. */
export function createErrorRing(): ErrorRing {
  const errors = new Map<string, NotedError>();
  return {
    note({ nodeId, nodeType, code, message, params, at }) {
      const key = JSON.stringify([nodeId, code]);
      const times = (errors.get(key)?.times ?? 0) + 1;
      errors.delete(key);
      errors.set(key, {
        nodeId,
        nodeType,
        code,
        message: message.slice(0, LONGEST_MESSAGE),
        params,
        at,
        times,
      });
      const [oldest] = errors.keys();
      if (errors.size > MOST && oldest !== undefined) errors.delete(oldest);
    },
    list: () => [...errors.values()].reverse(),
  };
}

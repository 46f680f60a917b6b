import type { NotedError, PackError } from './shapes';

/**
 * `start`: the node could be made, so what kept it from that is over, and what else it met is of an earlier deploy.
 * `work`: it has done what it is for, so what it met before is over as well, as far as `isOver` says so.
 */
export type Recovery = { of: 'start' } | { of: 'work'; isOver?: ((code: string) => boolean) | undefined };

export interface ErrorRing {
  note(error: PackError): void;
  recovered(nodeId: string, recovery: Recovery, at: number): void;
  /** Of nodes that are not there any more nothing is wrong. */
  retire(isThere: (nodeId: string) => boolean, at: number): void;
  /** The latest first. */
  list(): readonly NotedError[];
}

const MOST = 50;
const LONGEST_MESSAGE = 500;

/** The last errors. One that comes again and again takes one place, or it would push out all the others. */
export function createErrorRing(): ErrorRing {
  const errors = new Map<string, NotedError>();
  return {
    note({ nodeId, nodeType, nodeName, code, message, params, at, isAtStart }) {
      const key = JSON.stringify([nodeId, code]);
      const times = (errors.get(key)?.times ?? 0) + 1;
      errors.delete(key);
      errors.set(key, {
        nodeId,
        nodeType,
        ...(nodeName !== undefined && nodeName !== '' && { nodeName }),
        code,
        message: message.slice(0, LONGEST_MESSAGE),
        params,
        at,
        times,
        ...(isAtStart === true && { isAtStart }),
      });
      const [oldest] = errors.keys();
      if (errors.size > MOST && oldest !== undefined) errors.delete(oldest);
    },
    recovered(nodeId, recovery, at) {
      for (const [key, error] of errors) {
        if (error.nodeId !== nodeId || error.mendedAt !== undefined) continue;
        if (isMended(error, recovery)) errors.set(key, { ...error, mendedAt: at });
        else if (recovery.of === 'start') errors.set(key, { ...error, isBeforeDeploy: true });
      }
    },
    retire(isThere, at) {
      for (const [key, error] of errors) {
        if (error.mendedAt === undefined && !isThere(error.nodeId))
          errors.set(key, { ...error, mendedAt: at });
      }
    },
    list: () => [...errors.values()].reverse(),
  };
}

function isMended({ code, isAtStart }: NotedError, recovery: Recovery): boolean {
  if (recovery.of === 'start') return isAtStart === true;
  return recovery.isOver?.(code) ?? true;
}

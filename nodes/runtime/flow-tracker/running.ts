import { AsyncLocalStorage } from 'node:async_hooks';
import type { LiveNode } from './host';
import type { Entry } from './ledger';

/** An input handler that is on the call stack now. */
export interface Frame {
  readonly node: LiveNode;
  readonly message: object;
  readonly owners: readonly Entry[];
  readonly ambientBefore: string | undefined;
}

export interface Running {
  enter(node: LiveNode, message: object, owners: readonly Entry[]): void;
  leave(node: LiveNode, message: object): void;
  top(): Frame | undefined;
  /** The innermost handler that fits. */
  find(fits: (node: LiveNode) => boolean): Frame | undefined;
  /** The id of the flow that the code running now was started for, also after an await or in a timer. */
  ambient(): string | undefined;
  /** Runs something that belongs to no flow. */
  outside(act: () => void): void;
  stop(): void;
}

export function createRunning(): Running {
  // Only ids are kept in it: a socket or a timer that outlives the flow would keep alive whatever is stored.
  const ambient = new AsyncLocalStorage<string | undefined>();
  const frames: Frame[] = [];
  const clearFrames = (): void => void (frames.length = 0);

  function setAmbient(id: string | undefined): void {
    if (ambient.getStore() !== id) ambient.enterWith(id);
  }

  return {
    enter(node, message, owners) {
      // An asynchronous hook of somebody else between us and the handler would leave the frame behind.
      if (frames.length === 0) queueMicrotask(clearFrames);
      frames.push({ node, message, owners, ambientBefore: ambient.getStore() });
      setAmbient(owners.length === 1 ? owners[0]?.id : undefined);
    },

    leave(node, message) {
      const place = frames.findLastIndex((frame) => frame.node === node && frame.message === message);
      const frame = frames[place];
      if (!frame) return;
      frames.length = place;
      setAmbient(frame.ambientBefore);
    },

    top: () => frames.at(-1),
    find: (fits) => frames.findLast(({ node }) => fits(node)),
    ambient: () => ambient.getStore(),
    outside: (act) => ambient.exit(act),

    stop() {
      clearFrames();
      ambient.disable();
    },
  };
}

import type { NodeAPI } from 'node-red';

/** Whether Node-RED runs its flows, or is in the middle of stopping or starting some of them. */
export interface FlowsPhase {
  isSettled(): boolean;
  /** Resolves when all nodes are there that are going to be. */
  settled(): Promise<void>;
  /** Called with each change. The function that comes back ends that. */
  watch(onChange: (isSettled: boolean) => void): () => void;
}

/** Flows may never start: a type is missing, or somebody stopped them. Then nobody else is going to come. */
const LONGEST_MS = 15_000;

/** One for the process: each set of nodes has an API of its own, and all of them share the events. */
const phases = new WeakMap<object, FlowsPhase>();

export function flowsPhaseOf(RED: Pick<NodeAPI, 'events'>): FlowsPhase {
  const known = phases.get(RED.events);
  if (known) return known;
  const phase = createFlowsPhase(RED.events);
  phases.set(RED.events, phase);
  return phase;
}

function createFlowsPhase(events: NodeAPI['events']): FlowsPhase {
  const watchers = new Set<(isSettled: boolean) => void>();
  let isSettled = true;
  let limit: NodeJS.Timeout | undefined;

  const change = (now: boolean): void => {
    clearTimeout(limit);
    if (!now) {
      limit = setTimeout(() => change(true), LONGEST_MS);
      limit.unref();
    }
    if (now === isSettled) return;
    isSettled = now;
    for (const onChange of [...watchers]) onChange(now);
  };
  events.on('flows:stopping', () => change(false));
  events.on('flows:starting', () => change(false));
  events.on('flows:started', () => change(true));

  const watch: FlowsPhase['watch'] = (onChange) => {
    watchers.add(onChange);
    return () => void watchers.delete(onChange);
  };
  return {
    isSettled: () => isSettled,
    watch,
    settled() {
      if (isSettled) return Promise.resolve();
      return new Promise((resolve) => {
        const leave = watch((now) => {
          if (!now) return;
          leave();
          resolve();
        });
      });
    },
  };
}

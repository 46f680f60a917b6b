import type { Node, NodeAPI } from 'node-red';
import type { FlowTracker } from '../../../nodes/runtime/flow-tracker';

/** What the fixture nodes tell the test that runs in the same process. */
export interface Effect {
  run: string;
  at: number;
}

interface ProbeDesk {
  RED: NodeAPI | undefined;
  tracker: FlowTracker | undefined;
  readonly sources: Map<string, Node>;
  readonly effects: Effect[];
  effect(run: string): void;
  onEffect: (effect: Effect) => void;
  /** A node begins to close. */
  onClosing: () => void;
}

export const probeDesk: ProbeDesk = {
  RED: undefined,
  tracker: undefined,
  sources: new Map(),
  effects: [],
  effect(run) {
    const effect = { run, at: performance.now() };
    probeDesk.effects.push(effect);
    probeDesk.onEffect(effect);
  },
  onEffect: () => undefined,
  onClosing: () => undefined,
};

import type { NodeAPI } from 'node-red';
import { hostOf } from './host';
import { createFlowTracker } from './tracker';
import type { FlowTracker } from './types';

export type {
  FlowEnd,
  FlowEvidence,
  FlowFault,
  FlowOutcome,
  FlowTracker,
  NodeName,
  TrackedFlow,
  TrackOptions,
} from './types';

/** Kept here and not in a node, so that flows under way outlive the deploy that replaces the node. */
const trackers = new WeakMap<object, FlowTracker>();

/** The tracker of this process. Each set of nodes has an API of its own, and all of them share the events. */
export function flowTrackerOf(RED: NodeAPI): FlowTracker {
  const known = trackers.get(RED.events);
  if (known) return known;
  const tracker = createFlowTracker(hostOf(RED));
  trackers.set(RED.events, tracker);
  return tracker;
}

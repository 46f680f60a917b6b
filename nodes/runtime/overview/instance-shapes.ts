import type { NotedError } from './shapes';

/** A process among those that share a store. */
export interface InstanceRow {
  id: string;
  name: string;
  /** Versions: of the pack, of Node-RED and of Node. */
  pack: string;
  nodeRed: string;
  node: string;
  startedAt: number;
  status: 'ok' | 'degraded' | 'down';
  portals: readonly string[];
  bots: readonly string[];
  inHand: number;
  /** The same, by the node. */
  running: Readonly<Record<string, number>>;
  parked: number;
  retries: number;
  errors: number;
  /** How long ago it told this. */
  ageMs: number;
  isSilent: boolean;
  /** The one that answers. */
  isSelf: boolean;
}

export interface InstanceError extends NotedError {
  instance: string;
}

export interface InstancesView {
  list: readonly InstanceRow[];
  /** Of all that are not silent. */
  totals: { inHand: number; retries: number; errors: number };
  /** What lies in the stores that they share. */
  shared: { waiting: number; deadLetters: number; heldUploads: number };
  /** Of the pack, when they are not all the same. */
  versions: readonly string[];
  /** Of all of them, the latest first. */
  errors: readonly InstanceError[];
}

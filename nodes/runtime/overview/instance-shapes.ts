import type { InstanceIdentity, InstanceSummary } from './instance-summary';
import type { NotedError } from './shapes';

/** A process among those that share a store. */
export interface InstanceRow
  extends InstanceIdentity, Pick<InstanceSummary, 'status' | 'portals' | 'bots' | 'running' | 'parked'> {
  /** The sum of `running`. */
  inHand: number;
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

import type { NodeAPI } from 'node-red';
import { storeKind } from './kinds';
import type { Shell } from './shell';
import { leaseSharedStore, showStore, type StoreOffer } from './stores';

/** The store that the node names in its property `store`, or the one of all nodes that name none. */
export function storeOfNode(RED: NodeAPI, shell: Shell): StoreOffer {
  const chosen = shell.useOptional(storeKind, 'store');
  if (chosen) return chosen;
  const lease = leaseSharedStore(RED);
  shell.onClose(lease.release);
  showStore(shell, lease);
  return lease;
}

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { NodeAPI } from 'node-red';
import type { StandIn } from '../../lib/store/offer';
import { leaseStore, storeFolder, type StoreWish } from './stores';

/** Folders of this process beside the one of the nodes that have chosen no store; the key of each lies beside it. */
export const waitingFolders = 'bitlane';
export const waitingPrefix = 'waiting-';

/**
 * For a store in Redis: a folder that is named after the store node. Whatever else of it is changed, most likely in the
 * middle of an outage, what waits there is found again.
 */
export function standInFor(RED: NodeAPI, nodeId: string, wish: StoreWish): StandIn | undefined {
  if (!('redis' in wish)) return undefined;
  const folder = storeFolder(RED, `${waitingFolders}/${waitingPrefix}${nameOf(nodeId)}`);
  const { encryptionKey } = wish;
  return {
    folder,
    isThere: () => existsSync(folder),
    lease: () => leaseStore(RED, { folder, encryptionKey }),
  };
}

/** Ids are made by the editor, but a flow written by hand may hold any text. */
function nameOf(nodeId: string): string {
  if (/^[a-z0-9][a-z0-9.-]{0,80}(?<!\.)$/.test(nodeId)) return nodeId;
  return createHash('sha256').update(nodeId).digest('hex').slice(0, 16);
}

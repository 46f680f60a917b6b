import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { NodeAPI } from 'node-red';
import type { StandIn } from '../../lib/store/offer';
import { leaseStore, storeFolder, type StoreWish } from './stores';

/** For a store in Redis: a folder of this process beside the one of the nodes that have chosen no store. */
export function standInFor(RED: NodeAPI, wish: StoreWish): StandIn | undefined {
  if (!('redis' in wish)) return undefined;
  const { address, keyPrefix } = wish.redis;
  // The label has no password: one that is changed leaves the folder where it is.
  const place = JSON.stringify([address.label, keyPrefix]);
  const digest = createHash('sha256').update(place).digest('hex').slice(0, 12);
  const folder = storeFolder(RED, `bitlane/waiting-${digest}`);
  const { encryptionKey } = wish;
  return {
    folder,
    isThere: () => existsSync(folder),
    lease: () => leaseStore(RED, { folder, encryptionKey }),
  };
}

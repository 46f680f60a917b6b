import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NodeAPI } from 'node-red';
import { openEmbeddedStore, type EmbeddedStore } from '../../lib/store/embedded-store';

/** The store, once it is open. Every use waits for that, and fails with the reason when it cannot be opened. */
export type StoreSource = () => Promise<EmbeddedStore>;

interface Lease {
  users: number;
  opening: Promise<EmbeddedStore>;
}

/** One process, one store a folder: a deploy may close it and open it again before the closing is through. */
const leases = new Map<string, Lease>();
const closings = new Map<string, Promise<void>>();

/** The store that nodes share which name none of their own. The function that comes back gives it up. */
export function leaseSharedStore(RED: NodeAPI): { store: StoreSource; release: () => Promise<void> } {
  const folder = join(RED.settings.userDir ?? process.cwd(), 'bitlane');
  const lease = leases.get(folder) ?? { users: 0, opening: open(folder) };
  leases.set(folder, lease);
  lease.users += 1;
  return {
    store: () => lease.opening,
    release: async () => {
      lease.users -= 1;
      if (lease.users > 0) return;
      if (leases.get(folder) === lease) leases.delete(folder);
      const closing = lease.opening.then((store) => store.close()).catch(() => undefined);
      closings.set(folder, closing);
      await closing;
    },
  };
}

async function open(folder: string): Promise<EmbeddedStore> {
  await closings.get(folder);
  return openEmbeddedStore({ folder, key: await keyBeside(folder) });
}

/** Made on first use. It lies beside the folder, so that a copy of the store alone is unreadable. */
async function keyBeside(folder: string): Promise<string> {
  const file = `${folder}.key`;
  const made = randomBytes(32).toString('base64');
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(file, made, { mode: 0o600, flag: 'wx' });
    return made;
  } catch {
    return (await readFile(file, 'utf8')).trim();
  }
}

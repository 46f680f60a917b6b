import type { UploadRecords } from '../../../lib/speechsense/records';
import { overview } from '../overview';

export interface UploadsIdentity {
  /** Of the connection node. */
  readonly id: string;
  readonly name: string;
  readonly connectionId: string;
  /** Of the store node; empty for the store of the nodes that have chosen none. */
  readonly storeId: string;
}

interface Shown {
  users: number;
  readonly leave: () => void;
}

/** Nodes share what is known of the uploads of a connection, and the panel shows it once. */
const shown = new Map<string, Shown>();

/** Has the panel list the uploads that wait for a person, until the function is called. */
export function showHeldUploads(identity: UploadsIdentity, records: UploadRecords): () => void {
  const list = JSON.stringify([identity.connectionId, identity.storeId]);
  const known = shown.get(list) ?? { users: 0, leave: describe(list, identity, records) };
  shown.set(list, known);
  known.users += 1;
  return () => {
    known.users -= 1;
    if (known.users > 0) return;
    known.leave();
    shown.delete(list);
  };
}

const mostShown = 50;

function describe(
  list: string,
  { id, name, connectionId, storeId }: UploadsIdentity,
  records: UploadRecords,
): () => void {
  return overview.add(
    'uploads',
    async () => {
      const held = [];
      let count = 0;
      let oldestSince: number | undefined;
      for await (const { key, since } of records.uncertainOnes()) {
        if (held.length < mostShown) held.push({ key, since });
        count += 1;
        oldestSince = Math.min(oldestSince ?? since, since);
      }
      return { id, name, connectionId, storeId, list, held, count, oldestSince };
    },
    { id, name, list, settle: (key, how) => records.settle(key, how) },
  );
}

import assert from 'node:assert/strict';
import type { FolderKind } from '../../../lib/store/folder-kind';
import { createStoreLeases } from '../../../lib/store/leases';
import type { StoreCondition } from '../../../lib/store/offer';
import { openEmbeddedStore } from '../../../lib/store/embedded-store';
import { folder, letPass, nextProcess, testTime } from './open-store';
import { createTestDisk } from './test-disk';

async function noticesOn(kind: FolderKind): Promise<unknown> {
  const time = testTime();
  const processes = nextProcess();
  const asked: string[] = [];
  const leases = createStoreLeases({
    ...time,
    files: createTestDisk().files,
    open: (options) => openEmbeddedStore({ ...options, processes }),
    judge: async (path) => {
      asked.push(path);
      return kind;
    },
    atExit: () => () => undefined,
  });
  const lease = leases.lease({ folder });
  const seen: StoreCondition[] = [];
  lease.onState((condition) => void seen.push(condition));
  await letPass(time, lease.source());
  assert.deepEqual(asked, [folder]);
  const ready = seen.find((condition) => condition.state === 'ready');
  return ready?.notices;
}

describe('a store that is opened', () => {
  it('on a network folder works and says so', async () => {
    assert.deepEqual(await noticesOn({ kind: 'network', fileSystem: 'NFS' }), [
      { code: 'STORE_NETWORK', params: { folder, fileSystem: 'NFS' } },
    ]);
  });

  it('on a disk, or on what a program serves, says nothing', async () => {
    assert.deepEqual(await noticesOn({ kind: 'local' }), []);
    assert.deepEqual(await noticesOn({ kind: 'program', fileSystem: 'FUSE' }), []);
  });
});

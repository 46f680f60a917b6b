import assert from 'node:assert/strict';
import { folderKind, type FolderJudge } from '../../../lib/store/folder-kind';
import { manualClock } from '../../support/manual-clock';

const EXT4 = 0xef53n;

const on = (type: bigint, platform: NodeJS.Platform = 'linux'): Partial<FolderJudge> => ({
  platform,
  typeOf: async () => type,
});

function missing(path: string): Error {
  return Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
}

describe('where a folder really is', () => {
  const network: [fileSystem: string, type: bigint][] = [
    ['NFS', 0x6969n],
    ['SMB', 0x517bn],
    ['SMB', 0xff534d42n],
    ['SMB', 0xfe534d42n],
    ['9P', 0x01021997n],
    ['Ceph', 0x00c36400n],
    // As a machine with 32 bits tells it.
    ['SMB', 0xffffffffff534d42n],
  ];
  for (const [fileSystem, type] of network) {
    it(`is a network for ${fileSystem} (${type.toString(16)})`, async () => {
      assert.deepEqual(await folderKind('/mnt/share', on(type)), { kind: 'network', fileSystem });
    });
  }

  it('is this machine for a disk, and unsure for what a program serves', async () => {
    assert.deepEqual(await folderKind('/var/lib', on(EXT4)), { kind: 'local' });
    assert.deepEqual(await folderKind('/mnt/cloud', on(0x65735546n)), {
      kind: 'program',
      fileSystem: 'FUSE',
    });
  });

  it('is where the folder would be made, when there is none yet', async () => {
    const asked: string[] = [];
    const typeOf = async (path: string): Promise<bigint> => {
      asked.push(path);
      if (path !== '/mnt/share') throw missing(path);
      return 0x6969n;
    };
    const found = await folderKind('/mnt/share/a/b', { platform: 'linux', typeOf });
    assert.deepEqual(found, { kind: 'network', fileSystem: 'NFS' });
    assert.deepEqual(asked, ['/mnt/share/a/b', '/mnt/share/a', '/mnt/share']);
  });

  it('is told by the path where the platform has other numbers', async () => {
    const judge = on(0x6969n, 'win32');
    assert.deepEqual(await folderKind('D:\\bots', judge), { kind: 'local' });
    assert.deepEqual(await folderKind('\\\\?\\D:\\bots', judge), { kind: 'local' });
    const share = { kind: 'network', fileSystem: 'SMB' };
    assert.deepEqual(await folderKind('\\\\server\\share', judge), share);
    assert.deepEqual(await folderKind('/Volumes/disk', on(0x17n, 'darwin')), { kind: 'local' });
  });

  it('is not waited for longer than two seconds, and a refusal says nothing', async () => {
    const clock = manualClock();
    const silent = folderKind('/mnt/gone', {
      platform: 'linux',
      clock,
      typeOf: () => new Promise(() => undefined),
    });
    await clock.advance(2000);
    assert.deepEqual(await silent, { kind: 'local' });
    const refused = async (): Promise<bigint> => {
      throw Object.assign(new Error('no'), { code: 'EACCES' });
    };
    assert.deepEqual(await folderKind('/srv/x', { platform: 'linux', clock, typeOf: refused }), {
      kind: 'local',
    });
    assert.equal(clock.pending(), 0);
  });

  it('is asked of this machine', async () => {
    const { kind } = await folderKind(process.cwd());
    assert.ok(['local', 'network', 'program'].includes(kind));
    assert.equal((await folderKind('/proc')).kind, 'local');
  });
});

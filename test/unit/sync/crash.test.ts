import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore, type EmbeddedStore } from '../../../lib/store/embedded-store';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { createState } from '../../../lib/store/state';
import { keyOf, nextProcess } from '../store/open-store';
import { playLife, type Disk } from './lives';

/** Keeps every write that was begun. */
function memoryDisk(): Disk {
  const state = createState();
  return {
    open: async () => createMemoryStore({ state }),
    settle: async () => {
      for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    },
    kill: () => undefined,
  };
}

describe('sync cursor: killed at any step', () => {
  it('plays histories in which everything happens', async () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 5; seed += 1) {
      const { kinds } = await playLife({ seed, disk: memoryDisk() });
      for (const kind of kinds) seen.add(kind);
    }
    assert.deepEqual([...seen].sort(), ['failed', 'given up', 'late', 'sent', 'unwanted']);
  });
  for (let seed = 1; seed <= 6; seed += 1) {
    it(`misses nothing and repeats only what was in the flow, whichever step was the last (history ${seed})`, async () => {
      const { steps } = await playLife({ seed, disk: memoryDisk() });
      assert.ok(steps > 20, `only ${steps} steps`);
      for (let killAt = 1; killAt <= steps; killAt += 1) {
        const { kills } = await playLife({ seed, disk: memoryDisk(), killAt });
        assert.equal(kills, 1, `step ${killAt} of ${steps} was not reached`);
      }
    });
  }
  it('survives being killed again and again', async () => {
    let kills = 0;
    for (let seed = 100; seed < 350; seed += 1) {
      kills += (await playLife({ seed, disk: memoryDisk(), randomKills: 5 })).kills;
    }
    assert.ok(kills > 250, `only ${kills} kills`);
  });
});

/** Real files, as they are at the moment of the kill: what the store had not written yet is gone. */
function fileDisk(root: string): Disk {
  let folder = mkdtempSync(join(root, 'life-'));
  let store: EmbeddedStore | undefined;
  return {
    async open() {
      const before = store;
      store = await openEmbeddedStore({ folder, key: keyOf('s'), processes: nextProcess() });
      await before?.close();
      return store;
    },
    settle: async () => store?.flush(),
    kill() {
      const dead = folder;
      folder = mkdtempSync(join(root, 'life-'));
      cpSync(dead, folder, { recursive: true });
      rmSync(join(folder, 'lock'), { force: true });
    },
  };
}

describe('sync cursor: killed on the embedded store', () => {
  let root = '';
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'sync-lives-'));
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it('misses nothing', async () => {
    let kills = 0;
    for (let seed = 1000; seed < 1020; seed += 1) {
      const life = { seed, disk: fileDisk(root), randomKills: 4, mayLoseWrites: true };
      kills += (await playLife(life)).kills;
    }
    assert.ok(kills > 20, `only ${kills} kills`);
  });
});

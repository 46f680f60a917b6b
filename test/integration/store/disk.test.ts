import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openEmbeddedStore, type EmbeddedStoreOptions } from '../../../lib/store/embedded-store';
import { diskFiles, type StoreFiles } from '../../../lib/store/files';
import { storeSuite } from '../../support/store-suite';
import { manualClock } from '../../support/manual-clock';

const key = Buffer.alloc(32, 'k').toString('base64');

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bitlane-store-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

storeSuite('embedded, on a real disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bitlane-store-'));
  const clock = manualClock(1_750_000_000_000);
  const options: EmbeddedStoreOptions = {
    ...{ folder, key, clock, monotonic: () => clock.now() },
    ...{ heartbeatMs: 86_400_000, sweepMs: 3_600_000 },
  };
  let store = await openEmbeddedStore(options);
  return {
    store,
    async reopen() {
      await store.close();
      store = await openEmbeddedStore(options);
      return store;
    },
    advance: (ms) => clock.advance(ms),
    now: () => clock.now(),
    async dispose() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});

describe('the folder of the store', () => {
  it('and its files are for their owner alone', async () => {
    await inFolder(async (parent) => {
      const folder = join(parent, 'new', 'bitlane');
      const store = await openEmbeddedStore({ folder, key });
      await store.append('q', 1, { durable: true });
      await store.compact();
      const modes = await Promise.all(
        ['.', ...(await readdir(folder))].map(
          async (name) => [name, (await stat(join(folder, name))).mode & 0o777] as const,
        ),
      );
      await store.close();
      assert.ok(modes.length >= 4, modes.join(' '));
      if (process.platform === 'win32') return;
      for (const [name, mode] of modes) assert.equal(mode, name === '.' ? 0o700 : 0o600, name);
    });
  });

  it('that cannot be one is refused with the reason', async () => {
    await inFolder(async (parent) => {
      await writeFile(join(parent, 'file'), 'in the way');
      await assert.rejects(openEmbeddedStore({ folder: join(parent, 'file'), key }), {
        code: 'STORE_UNAVAILABLE',
      });
      await mkdir(join(parent, 'fine'));
      await (await openEmbeddedStore({ folder: join(parent, 'fine'), key })).close();
    });
  });
});

describe('a real disk with slow syncs', () => {
  for (const slowMs of [20, 2000]) {
    it(`of ${slowMs} ms does not hold up the event loop`, async function () {
      await inFolder(async (folder) => {
        const store = await openEmbeddedStore({ folder, key, files: slowFiles(slowMs) });
        const delay = monitorEventLoopDelay({ resolution: 5 });
        delay.enable();
        const work = Array.from({ length: 2000 }, async (_, n) => {
          await store.append(`dialog ${n % 100}`, { n, pad: 'x'.repeat(1500) }, { durable: true });
        });
        let turns = 0;
        const isDone = Promise.all(work).then(() => true);
        while (!(await Promise.race([isDone, oneTurn()]))) turns += 1;
        delay.disable();
        const { journal } = await store.stats();
        await store.close();
        // Measured for the record; only the order of magnitude is asserted, because machines differ.
        const p99 = delay.percentile(99) / 1e6;
        assert.ok(p99 < slowMs + 200, `the event loop was held up for ${p99} ms`);
        assert.ok(turns > 5, 'nothing else had its turn');
        assert.ok(journal && journal.fsyncs < 20, `${journal?.fsyncs} syncs for one burst`);
        console.log(
          `      sync ${slowMs} ms: event loop p99 ${p99.toFixed(1)} ms, ${journal.fsyncs} syncs for 2000 events`,
        );
      });
    });
  }

  const oneTurn = (): Promise<false> => new Promise((resolve) => setTimeout(() => resolve(false), 1));

  function slowFiles(ms: number): StoreFiles {
    return {
      ...diskFiles,
      async create(path) {
        const file = await diskFiles.create(path);
        if (!path.includes('journal-')) return file;
        return {
          ...file,
          async sync() {
            await new Promise((resolve) => setTimeout(resolve, ms));
            await file.sync();
          },
        };
      },
    };
  }
});

/**
 * A process that writes until it is killed. Tells line by line what the store has confirmed, and `AT <point>`
 * when it has come to the point where it is to stand still and be killed.
 *
 *   writer.ts <folder> <seed> <point> <nth time>
 */
import { writeSync } from 'node:fs';
import { textAt } from '../../../lib/core/fields';
import { openEmbeddedStore } from '../../../lib/store/embedded-store';
import { diskFiles, type StoreFiles } from '../../../lib/store/files';
import { seededRandom } from '../../unit/core/random';

const [folder = '', seed = '1', point = 'none', nth = '1'] = process.argv.slice(2);

const still = new Int32Array(new SharedArrayBuffer(4));

/** All of it, also while whoever reads is slower than the store. */
const say = (line: string): void => {
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (thrown) {
      if (textAt(thrown, 'code') !== 'EAGAIN') throw thrown;
      Atomics.wait(still, 0, 0, 1);
    }
  }
};

let left = Number(nth);

/** Before or after the step, depending on the point: `before rename`, `after remove`. */
function standStillAt(here: string): Promise<void> | undefined {
  if (here !== point || (left -= 1) > 0) return undefined;
  say(`AT ${here}`);
  return new Promise(() => setInterval(() => undefined, 60_000));
}

function around<A extends unknown[], R>(
  name: string,
  step: (...given: A) => Promise<R>,
): (...given: A) => Promise<R> {
  return async (...given) => {
    await standStillAt(`before ${name}`);
    const result = await step(...given);
    await standStillAt(`after ${name}`);
    return result;
  };
}

/** Names of files tell snapshots from the journal. */
const kindOf = (path: string): string =>
  path.includes('snapshot-') ? 'snapshot' : path.includes('journal-') ? 'journal' : 'lock';

const files: StoreFiles = {
  ...diskFiles,
  rename: around('rename', (from: string, to: string) => diskFiles.rename(from, to)),
  remove: (path) => around(`remove ${kindOf(path)}`, () => diskFiles.remove(path))(),
  syncFolder: around('syncFolder', (path: string) => diskFiles.syncFolder(path)),
  async create(path) {
    const kind = kindOf(path);
    const file = await around(`create ${kind}`, () => diskFiles.create(path))();
    return {
      append: around(`append ${kind}`, (bytes: Buffer) => file.append(bytes)),
      sync: around(`sync ${kind}`, () => file.sync()),
      close: () => file.close(),
    };
  },
};

async function write(): Promise<void> {
  const random = seededRandom(Number(seed));
  const key = Buffer.alloc(32, 'k').toString('base64');
  const store = await openEmbeddedStore({ folder, key, files, compactBytes: 20_000 });
  say(`OPEN ${store.report.notices.map(({ code }) => code).join()}`);
  const lane = async (queue: string): Promise<void> => {
    for (let n = 0; ; n += 1) {
      const id = `${seed}:${queue}:${n}`;
      const once = { id, ttlMs: 3_600_000 };
      await store.append(queue, { id, pad: 'x'.repeat(random() * 400) }, { durable: true, once });
      say(`APPENDED ${id}`);
      await store.set(`session ${queue}`, id);
      if (random() < 0.7) continue;
      const claim = await store.claim(queue, { owner: 'writer', leaseMs: 60_000, count: 2 });
      if (!claim) continue;
      say(`CLAIMED ${claim.items.map(({ payload }) => idIn(payload)).join(' ')}`);
      await store.complete(claim, { durable: true });
      say(`COMPLETED ${claim.items.map(({ payload }) => idIn(payload)).join(' ')}`);
    }
  };
  await Promise.all(['a', 'b', 'c', 'd'].map(lane));
}

function idIn(payload: unknown): string {
  return typeof payload === 'object' && payload !== null && 'id' in payload ? String(payload.id) : '?';
}

write().catch((failure: unknown) => {
  say(`FAILED ${failure instanceof Error ? (failure.stack ?? failure.message) : 'unknown'}`);
  process.exitCode = 1;
});

/**
 * The store beside its baseline, a plain file with append and fdatasync:
 *
 *   npx tsx bench/store.ts [events]
 */
import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openEmbeddedStore } from '../lib/store/embedded-store';
import { createMemoryStore } from '../lib/store/memory-store';
import type { Store } from '../lib/store/store';

const events = Number(process.argv[2] ?? 1_000_000);
const sessions = 10_000;
const dialogs = 1000;
const key = Buffer.alloc(32, 'k').toString('base64');
const pad = 'x'.repeat(1400);
const writers = [1, 10, 100, 1000];

interface Row {
  what: string;
  figure: string;
  ratio: string;
}

const rows: Row[] = [];
const note = (what: string, figure: string, ratio = ''): void => {
  rows.push({ what, figure, ratio });
};

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bitlane-bench-'));
  return work(folder).finally(() => rm(folder, { recursive: true, force: true }));
}

async function bytesIn(folder: string): Promise<number> {
  const sizes = await Promise.all(
    (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** How many a second, when so many do it side by side. */
async function perSecond(
  count: number,
  width: number,
  step: (n: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const start = performance.now();
  const lane = async (): Promise<void> => {
    while (next < count) await step((next += 1));
  };
  await Promise.all(Array.from({ length: width }, lane));
  return (count / (performance.now() - start)) * 1000;
}

/** One record, one write, one fdatasync: what a careful program without group commit does. */
async function plainFile(count: number, isSynced: boolean): Promise<number> {
  return inFolder(async (folder) => {
    const file = await open(join(folder, 'plain'), 'a');
    const rate = await perSecond(count, 1, async (n) => {
      await file.appendFile(JSON.stringify({ n, pad }));
      if (isSynced) await file.datasync();
    });
    await file.close();
    return rate;
  });
}

async function compareAppends(): Promise<void> {
  const synced = await plainFile(1000, true);
  const loose = await plainFile(20_000, false);
  note('plain file, append + fdatasync', `${Math.round(synced)}/s`, '1');
  note('plain file, append', `${Math.round(loose)}/s`, '1');
  for (const width of writers) {
    const rate = await inFolder((folder) => appendRate(folder, width, true));
    note(
      `store, durable append, ${width} at once`,
      `${Math.round(rate)}/s`,
      `${(rate / synced).toFixed(1)} x synced`,
    );
  }
  const rate = await inFolder((folder) => appendRate(folder, 1, false));
  note('store, append, not durable', `${Math.round(rate)}/s`, `${(rate / loose).toFixed(1)} x plain`);
}

async function appendRate(folder: string, width: number, durable: boolean): Promise<number> {
  const store = await openEmbeddedStore({ folder, key });
  const count = durable ? Math.min(20_000, 1000 * width) : 50_000;
  const rate = await perSecond(count, width, (n) =>
    store.append(`dialog ${n % dialogs}`, { n, pad }, { durable }),
  );
  await store.close();
  return rate;
}

/** Received, claimed, session looked up, completed: one event's way through the store. */
async function handleEvent(store: Store, n: number, durable: boolean): Promise<void> {
  const dialog = n % dialogs;
  const queue = `dialog ${dialog}`;
  await store.append(queue, { n, pad }, { durable, once: { id: `event ${n}`, ttlMs: 1000 } });
  const claim = await store.claim(queue, { owner: 'bench', leaseMs: 60_000 });
  if (!claim) return;
  await store.get(`session ${n % sessions}`);
  await store.set(`session ${n % sessions}`, `conversation ${n}`, { ttlMs: 86_400_000 });
  await store.complete(claim);
}

async function handleMany(): Promise<void> {
  await inFolder(async (folder) => {
    const store = await openEmbeddedStore({ folder, key });
    const delay = monitorEventLoopDelay({ resolution: 2 });
    delay.enable();
    const rate = await perSecond(events, 200, (n) => handleEvent(store, n, true));
    delay.disable();
    const memory = createMemoryStore();
    const bare = await perSecond(Math.min(events, 100_000), 200, (n) => handleEvent(memory, n, true));
    const { journal, liveKeys } = await store.stats();
    note(
      `whole events, received durably, ${events} of them`,
      `${Math.round(rate)}/s`,
      `${(rate / bare).toFixed(2)} x memory`,
    );
    note(
      'event loop delay meanwhile, p99 / longest',
      `${ms(delay.percentile(99) / 1e6)} / ${ms(delay.max / 1e6)}`,
    );
    note('fdatasync, median / p99', `${ms(journal?.fsyncMs.median)} / ${ms(journal?.fsyncMs.p99)}`);
    note(
      'snapshot: time / longest slice',
      `${ms(journal?.lastSnapshot?.ms)} / ${ms(journal?.lastSnapshot?.longestSliceMs)}`,
    );
    await store.close();
    await measureReopening(folder, liveKeys);
  });
}

async function measureReopening(folder: string, liveKeys: number): Promise<void> {
  const handled = await bytesIn(folder);
  const start = performance.now();
  const store = await openEmbeddedStore({ folder, key });
  note(`reopening, ${liveKeys} sessions`, ms(performance.now() - start), `${store.report.records} records`);
  await store.compact();
  const least = await bytesIn(folder);
  await store.close();
  note(
    'on disk after all that',
    kilobytes(handled),
    `${(handled / least).toFixed(1)} x a fresh snapshot (${kilobytes(least)})`,
  );
}

const ms = (value: number | undefined): string => `${(value ?? 0).toFixed(1)} ms`;
const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)} kB`;

async function run(): Promise<void> {
  await compareAppends();
  await handleMany();
  const width = Math.max(...rows.map(({ what }) => what.length));
  for (const { what, figure, ratio } of rows)
    console.log(`${what.padEnd(width)}  ${figure.padEnd(20)}  ${ratio}`);
}

run().catch((failure: unknown) => {
  console.error(failure);
  process.exitCode = 1;
});

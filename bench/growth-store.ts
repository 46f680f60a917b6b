/**
 * What an event costs the store as it grows to a million handled events: received durably with its id against
 * repetition, claimed, its session looked up and written, a sealed record of the answer kept, completed. Nothing is ever
 * old enough to go. Prints the series, snapshots included, and draws it.
 *
 *   npx tsx bench/growth-store.ts [events] [--draw]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore, type EmbeddedStore } from '../lib/store/embedded-store';
import { writePlot } from './support/plot';

const events = Number(process.argv.find((word) => /^\d+$/.test(word)) ?? 1_000_000);
const steps = 20;
const dialogs = 10_000;
const atOnce = 200;
const dayMs = 86_400_000;
const pad = 'x'.repeat(1400);

interface Step {
  handled: number;
  cpuMicros: number;
  wallMicros: number;
  megabytes: number;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bitlane-bench-'));
  const store = await openEmbeddedStore({ folder, key: Buffer.alloc(32, 'k').toString('base64') });
  const series: Step[] = [];
  try {
    // The compiler's warming up is no growth.
    await handleMany(store, -events / 50, 0);
    for (let step = 0; step < steps; step += 1) series.push(await measureStep(store, step));
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
  if (process.argv.includes('--draw')) console.log(`drawn: docs/${draw(series)}`);
}

async function measureStep(store: EmbeddedStore, step: number): Promise<Step> {
  const [from, to] = [(step * events) / steps, ((step + 1) * events) / steps];
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await handleMany(store, from, to);
  const { user, system } = process.cpuUsage(before);
  const told = {
    handled: to,
    cpuMicros: (user + system) / (to - from),
    wallMicros: ((performance.now() - startedAt) * 1000) / (to - from),
    megabytes: process.memoryUsage().rss / 1e6,
  };
  const { cpuMicros, wallMicros, megabytes } = told;
  const figures = [`${cpuMicros.toFixed(0)} us of CPU`, `${wallMicros.toFixed(0)} us`];
  console.log(
    `${String(to).padStart(9)} handled: ${figures.join(', ')} an event, ${megabytes.toFixed(0)} MB`,
  );
  return told;
}

async function handleMany(store: EmbeddedStore, from: number, to: number): Promise<void> {
  let next = from;
  const lane = async (): Promise<void> => {
    while (next < to) await handle(store, next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

async function handle(store: EmbeddedStore, event: number): Promise<void> {
  const dialog = Math.abs(event) % dialogs;
  const queue = `inbox:portal:dialog ${dialog}`;
  const once = { id: `event:${event}-0123456789abcdef`, ttlMs: dayMs };
  await store.append(queue, { event, pad }, { durable: true, once });
  const claim = await store.claim(queue, { owner: 'bench' });
  const session = `bitbot:member:55:chat${dialog}`;
  await store.get(session);
  await store.set(session, `conversation ${event}`, { ttlMs: dayMs });
  const sent = { done: 1, total: 1, ids: [event] };
  await store.set(`sent:event:${event}-0123456789abcdef:answer:reply`, sent, { ttlMs: dayMs, sealed: true });
  if (claim) await store.complete(claim);
}

function draw(series: readonly Step[]): string {
  return writePlot('growth-store', {
    title: 'What an event costs as the store grows',
    x: 'handled events',
    y: 'microseconds an event',
    lines: [
      { name: 'processor', points: series.map(({ handled, cpuMicros }) => [handled, cpuMicros]) },
      {
        name: 'elapsed, 200 at once',
        points: series.map(({ handled, wallMicros }) => [handled, wallMicros]),
      },
    ],
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

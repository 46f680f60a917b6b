/**
 * How long a restart waits for its store: a folder with 100 000 handled events and 10 000 sessions, opened by a process
 * that has just been started, from the call until all of it is in memory; beside it the same bytes are read bare, by such
 * a process too. Every event has left what it leaves in truth: its id against repetition, and a sealed record that it was
 * answered. The journal is as long as it ever gets, as if the process had ended right before it became a snapshot.
 *
 *   npm run build && npx tsx bench/11-restart.ts
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openEmbeddedStore, type EmbeddedStore } from '../lib/store/embedded-store';
import { sealingKey } from './support/open-store.cjs';
import { answer, atMost, interleaved, median, type Row } from './support/question';

const rounds = 5;
const events = 100_000;
const sessions = 10_000;
const dialogs = 1000;
const atOnce = 500;
const dayMs = 86_400_000;
/** Of an event that is handled, nothing is left of what it was; only those in the journal are of their real size. */
const handled = { text: '' };
const whole = { text: 'x'.repeat(1400) };

interface Figures {
  ms: number;
  records?: number;
  bytes: number;
}

async function measure(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bitlane-bench-'));
  try {
    const { snapshotBytes, journalBytes } = await fill(folder);
    const figures = await interleaved(rounds, {
      opened: () => startAndTell('open', folder),
      bare: () => startAndTell('read', folder),
    });
    const opened = median(figures.opened.map(({ ms }) => ms));
    const bare = median(figures.bare.map(({ ms }) => ms));
    const records = figures.opened[0]?.records ?? 0;
    return [
      {
        what: 'until the store is ready',
        ours: `${opened.toFixed(0)} ms, ${records} records`,
        beside: `${bare.toFixed(0)} ms to read ${megabytes(figures.bare[0]?.bytes)} bare`,
        value: opened / 1000,
        unit: ' s',
        goal: atMost(1),
      },
      {
        what: 'megabytes a second',
        ours: `${megabytes(snapshotBytes)} snapshot, ${megabytes(journalBytes)} journal`,
        beside: '',
        value: (snapshotBytes + journalBytes) / 1000 / opened,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(folder: string): Promise<{ snapshotBytes: number; journalBytes: number }> {
  const store = await openEmbeddedStore({ folder, key: sealingKey, compactBytes: Infinity });
  const inSnapshot = Math.round(events * 0.9);
  await handleMany(store, 0, inSnapshot, handled);
  await store.compact();
  await handleMany(store, inSnapshot, events, whole);
  await store.flush();
  const { journal } = await store.stats();
  await store.close();
  const { snapshotBytes = 0, journalBytes = 0 } = journal ?? {};
  // Longer, and a snapshot would have taken its place.
  if (journalBytes > snapshotBytes) throw new Error('the journal is longer than it can get');
  return { snapshotBytes, journalBytes };
}

async function handleMany(store: EmbeddedStore, from: number, to: number, payload: object): Promise<void> {
  let next = from;
  const lane = async (): Promise<void> => {
    while (next < to) await handle(store, next++, payload);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

async function handle(store: EmbeddedStore, event: number, payload: object): Promise<void> {
  const queue = `inbox:portal:dialog ${event % dialogs}`;
  const once = { id: `event:${event}-0123456789abcdef`, ttlMs: dayMs };
  await store.append(queue, { ...payload, event }, { durable: true, once });
  const claim = await store.claim(queue, { owner: 'bench' });
  const session = `bitbot:member:55:chat${event % sessions}`;
  const keptFor = { ttlMs: dayMs };
  await store.set(session, `conversation ${event}`, keptFor);
  await store.set(`session-started:${session}`, '2026-01-01T00:00:00.000Z', keptFor);
  const sent = { done: 1, total: 1, ids: [event] };
  await store.set(`sent:event:${event}-0123456789abcdef:answer:reply`, sent, { ...keptFor, sealed: true });
  if (claim) await store.complete(claim);
}

async function startAndTell(how: 'open' | 'read', folder: string): Promise<Figures> {
  const program = join(__dirname, 'support/open-store.cjs');
  const { stdout } = await promisify(execFile)(process.execPath, [program, how, folder]);
  return JSON.parse(stdout) as Figures;
}

const megabytes = (bytes = 0): string => `${(bytes / 1e6).toFixed(0)} MB`;

answer(11, 'Restart with 100 000 handled events and 10 000 sessions', measure);

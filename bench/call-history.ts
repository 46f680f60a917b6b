/**
 * The history of 100 000 calls, worked off as the node does it, with a flow that does nothing: its source and cursor,
 * four calls in the flow, a portal that takes 2 requests a second with a bucket of 50 and gives 50 rows a page. Many
 * pages in one batch, beside one page a request. Run: npx tsx bench/call-history.ts
 *
 * The portal is a process of its own, so the memory is that of the work alone, told after each tenth of the calls. One
 * page a request, and the names of operators and clients, are measured over the first 5 000 calls; one page a request
 * is scaled by the pace of the portal, which the table says.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createCallNames } from '../lib/bitrix24/calls/names';
import { createRestClient } from '../lib/bitrix24/rest/client';
import { webhookCredential } from '../lib/bitrix24/rest/webhook-credential';
import { systemClock } from '../lib/core/clock';
import { idAt, textAt } from '../lib/core/fields';
import { createHttpClient } from '../lib/core/http';
import { createMemoryStore } from '../lib/store/memory-store';
import { createCursor } from '../lib/sync/cursor';
import type { SyncSummary } from '../lib/sync/types';
import { createCallSource } from '../nodes/voximplant-calls/call-source';
import { startPortal } from '../sandbox/bitrix24';

const calls = 100_000;
const partOfCalls = 5000;
const limits = { perSecond: 2, bucket: 50 };
const portions = 10;

interface Wanted {
  /** Work stops when the flow has had so many. */
  readonly calls: number;
  /** False: a portal that answers one page a request. */
  readonly isBatched?: boolean;
  readonly hasNames?: boolean;
}

interface Measured {
  readonly sent: number;
  readonly requests: number;
  readonly seconds: number;
  /** MB of the process: before the start, and after each portion of the calls. */
  readonly memory: readonly number[];
}

async function servePortal(batchReferences: 'resolved' | 'left'): Promise<void> {
  const portal = await startPortal({ limits, keptCalls: 10, batchReferences });
  portal.telephony.seed({ count: calls });
  process.on('message', () => process.send?.({ requests: portal.httpRequests }));
  process.on('disconnect', () => {
    portal.stop().catch((error: unknown) => console.error(error));
  });
  process.send?.({ webhookUrl: portal.webhookUrl });
}

function toldBy(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => child.once('message', resolve));
}

async function measure(wanted: Wanted): Promise<Measured> {
  const references = wanted.isBatched === false ? 'left' : 'resolved';
  const child = fork(__filename, ['portal', references], { execArgv: process.execArgv });
  const webhookUrl = textAt(await toldBy(child), 'webhookUrl') ?? '';
  const http = createHttpClient({
    policy: { origin: 'configured' },
    userAgent: 'bitlane-bench',
    timeoutMs: 60_000,
    maxResponseBytes: 20 * 1024 * 1024,
  });
  const rest = createRestClient({ credential: webhookCredential(new URL(webhookUrl)), http });
  try {
    const figures = await workOff(rest, wanted);
    child.send('how many');
    return { ...figures, requests: idAt(await toldBy(child), 'requests') ?? 0 };
  } finally {
    rest.close();
    http.close();
    child.disconnect();
    await once(child, 'exit');
  }
}

async function workOff(
  rest: ReturnType<typeof createRestClient>,
  { calls: wanted, hasNames = false }: Wanted,
): Promise<Omit<Measured, 'requests'>> {
  const store = createMemoryStore();
  const clock = systemClock;
  const megabytes = (): number => process.memoryUsage.rss() / 1024 / 1024;
  const memory = [megabytes()];
  const from = performance.now();
  let sent = 0;
  const summary = await new Promise<SyncSummary>((resolve) => {
    const names = hasNames ? createCallNames({ rest, ttlMs: 3_600_000, clock }) : undefined;
    const cursor = createCursor({
      name: { kind: 'calls', place: 'bench', cursor: 'bench' },
      source: createCallSource({ rest, settings: everything, clock, names, onNotice: () => undefined }),
      async deliver({ named }, { signal }) {
        await named(signal);
        sent += 1;
        if (sent % Math.min(calls / portions, wanted) === 0) memory.push(megabytes());
        if (sent === wanted) cursor.stop().catch((error: unknown) => console.error(error));
        return { how: 'finished' };
      },
      ...{ store: () => Promise.resolve(store), clock, inFlight: 4, lateHours: 48 },
      listeners: { onSummary: resolve },
    });
    cursor.onChange(() => undefined);
    cursor.start();
    closings.push(() => cursor.close());
  });
  if (summary.error) throw summary.error;
  const seconds = (performance.now() - from) / 1000;
  for (const close of closings.splice(0)) await close();
  await store.close();
  return { sent, seconds, memory };
}

const closings: (() => Promise<void>)[] = [];
const everything = {
  ...{ operators: [], minSeconds: 0, directions: [], lines: [] },
  ...{ onlySuccessful: false, withRecord: false },
};

function line(...cells: readonly (string | number)[]): string {
  return cells
    .map((cell, place) => String(cell)[place === 0 ? 'padEnd' : 'padStart'](place === 0 ? 34 : 11))
    .join('');
}

function show(name: string, { sent, requests, seconds, memory }: Measured): void {
  const [before = 0] = memory;
  const growth = `${(Math.max(...memory) - before).toFixed(0)} MB`;
  console.log(line(name, sent, requests, seconds.toFixed(1), `${before.toFixed(0)} MB`, growth));
}

function showPortions({ memory }: Measured): void {
  const shown = memory.map((megabytes) => megabytes.toFixed(0)).join(' ');
  console.log(`  RSS in MB, before and after each ${calls / portions} calls: ${shown}`);
}

async function main(): Promise<void> {
  console.log(line('', 'calls', 'requests', 'seconds', 'RSS before', 'RSS growth'));
  // The first request of a process is the one that makes its memory grow for good.
  show('warm-up, batched', await measure({ calls: partOfCalls }));
  for (const name of ['batched', 'batched, again']) {
    const batched = await measure({ calls });
    show(name, batched);
    showPortions(batched);
    if (batched.sent !== calls) throw new Error(`${calls - batched.sent} calls are missing`);
  }
  show('batched with names, a part', await measure({ calls: partOfCalls, hasNames: true }));
  show('one page a request, a part', await measure({ calls: partOfCalls, isBatched: false }));
  const requests = Math.floor(calls / 50) + 1;
  const seconds = (requests - limits.bucket) / limits.perSecond;
  console.log(line('one page a request, scaled', calls, requests, seconds.toFixed(0)));
  console.log(
    `Scaled: ${requests} requests, all but the bucket of ${limits.bucket} at ${limits.perSecond} a second.`,
  );
}

const [, , role, references] = process.argv;
const isLeft = references === 'left';
(role === 'portal' ? servePortal(isLeft ? 'left' : 'resolved') : main()).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

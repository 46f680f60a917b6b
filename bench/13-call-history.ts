/**
 * The history of 100 000 calls, worked off as the node does it, with a flow that does nothing: its source and cursor, four
 * calls in the flow, a portal that takes 2 requests a second with a bucket of 50 and gives 50 rows a page. Beside one page
 * a request, which would be 2 001 requests and, by the pace of the portal, some 16 minutes. Flat memory: what the process
 * grew by in the second half of the calls, when its heap has found its size; one run to warm up.
 *
 * The portal is a process of its own, so the memory is that of the work alone.
 *
 *   npx tsx bench/13-call-history.ts
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
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
import { answer, atMost, type Row } from './support/question';

const calls = 100_000;
const partOfCalls = 5000;
const limits = { perSecond: 2, bucket: 50 };
const portions = 10;
/** The bound is ours, the question only says flat: room for collecting garbage later or sooner. */
const flatMb = 16;

interface Wanted {
  /** Work stops when the flow has had so many. */
  readonly calls: number;
}

interface Measured {
  readonly sent: number;
  readonly requests: number;
  readonly seconds: number;
  /** MB of the process: before the start, and after each portion of the calls. */
  readonly memory: readonly number[];
}

async function servePortal(): Promise<void> {
  const portal = await startPortal({ limits, keptCalls: 10 });
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
  const child = fork(__filename, ['portal'], { execArgv: process.execArgv });
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
  { calls: wanted }: Wanted,
): Promise<Omit<Measured, 'requests'>> {
  const store = createMemoryStore();
  const clock = systemClock;
  const megabytes = (): number => process.memoryUsage.rss() / 1024 / 1024;
  const memory = [megabytes()];
  const from = performance.now();
  let sent = 0;
  const summary = await new Promise<SyncSummary>((resolve) => {
    const cursor = createCursor({
      name: { kind: 'calls', place: 'bench', cursor: 'bench' },
      source: createCallSource({
        rest,
        settings: everything,
        clock,
        names: undefined,
        onNotice: () => undefined,
      }),
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

async function answerOf(): Promise<Row[]> {
  // The first requests of a process make its memory grow for good.
  await measure({ calls: partOfCalls });
  const { sent, requests, seconds, memory } = await measure({ calls });
  if (sent !== calls) throw new Error(`${calls - sent} calls are missing`);
  const pages = Math.floor(calls / 50) + 1;
  const paced = (pages - limits.bucket) / limits.perSecond;
  const [before = 0] = memory;
  const [settled = 0, ...later] = memory.slice(portions / 2);
  const grown = Math.max(...later) - settled;
  return [
    {
      ...{ what: `requests for ${calls} calls`, ours: `in ${seconds.toFixed(1)} s` },
      beside: `${pages} one page each, ${paced.toFixed(0)} s`,
      ...{ value: requests, goal: atMost(60) },
    },
    {
      ...{
        what: 'memory grown by over the second half',
        ours: `${settled.toFixed(0)} MB after the first half`,
      },
      beside: `${before.toFixed(0)} MB before it`,
      ...{ value: grown, unit: ' MB', goal: atMost(flatMb) },
    },
  ];
}

const [, , role] = process.argv;
if (role === 'portal') servePortal().catch((error: unknown) => console.error(error));
else answer(13, 'Listing 100 000 calls', answerOf);

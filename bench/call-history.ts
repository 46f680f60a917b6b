/**
 * The history of 100 000 calls, read from a portal that takes 2 requests a second with a bucket of 50 and gives 50
 * rows a page: many pages in one batch, beside one page a request. Run: npx tsx bench/call-history.ts
 *
 * The portal is a process of its own, so the memory is that of the reading alone. One page a request is measured over
 * the first 5 000 calls and scaled by the pace of the portal, which the table says.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createCallFilter } from '../lib/bitrix24/calls/call-filter';
import { createCallHistory } from '../lib/bitrix24/calls/history';
import { createRestClient } from '../lib/bitrix24/rest/client';
import { webhookCredential } from '../lib/bitrix24/rest/webhook-credential';
import { idAt, textAt } from '../lib/core/fields';
import { createHttpClient } from '../lib/core/http';
import { startPortal } from '../sandbox/bitrix24';

const calls = 100_000;
const singleCalls = 5000;
const limits = { perSecond: 2, bucket: 50 };

interface Measured {
  rows: number;
  requests: number;
  seconds: number;
  /** Of the process, in MB: before the first page, and the most at any page. */
  before: number;
  most: number;
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

async function measure(mostPages: number, wanted: number): Promise<Measured> {
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
    const figures = await readHistory(createHistory(rest, mostPages), wanted);
    child.send('how many');
    return { ...figures, requests: idAt(await toldBy(child), 'requests') ?? 0 };
  } finally {
    rest.close();
    http.close();
    child.disconnect();
    await once(child, 'exit');
  }
}

function createHistory(
  rest: ReturnType<typeof createRestClient>,
  mostPages: number,
): ReturnType<typeof createCallHistory> {
  const everything = {
    operators: [],
    minSeconds: 0,
    directions: [],
    lines: [],
    onlySuccessful: false,
    withRecord: false,
  };
  return createCallHistory({ rest, filter: createCallFilter(everything, () => 0), mostPages });
}

async function readHistory(
  history: ReturnType<typeof createCallHistory>,
  wanted: number,
): Promise<Omit<Measured, 'requests'>> {
  const { signal } = new AbortController();
  const megabytes = (): number => process.memoryUsage.rss() / 1024 / 1024;
  const before = megabytes();
  const from = performance.now();
  let [rows, most] = [0, before];
  for await (const page of history.pagesAfter(0, signal)) {
    rows += page.length;
    most = Math.max(most, megabytes());
    if (rows >= wanted) break;
  }
  return { rows, seconds: (performance.now() - from) / 1000, before, most };
}

function line(...cells: readonly (string | number)[]): string {
  return cells
    .map((cell, place) => String(cell)[place === 0 ? 'padEnd' : 'padStart'](place === 0 ? 34 : 11))
    .join('');
}

function show(name: string, { rows, requests, seconds, before, most }: Measured): void {
  const growth = `${(most - before).toFixed(0)} MB`;
  console.log(line(name, rows, requests, seconds.toFixed(1), `${before.toFixed(0)} MB`, growth));
}

async function main(): Promise<void> {
  console.log(line('', 'calls', 'requests', 'seconds', 'RSS before', 'RSS growth'));
  // The first request of a process is the one that makes its memory grow for good.
  show('warm-up, batched', await measure(50, singleCalls));
  const batched = await measure(50, Infinity);
  show('batched', batched);
  show('batched, again', await measure(50, Infinity));
  const single = await measure(1, singleCalls);
  show('one page a request, a part', single);
  const requests = Math.floor(calls / 50) + 1;
  const seconds = (requests - limits.bucket) / limits.perSecond;
  console.log(line('one page a request, scaled', calls, requests, seconds.toFixed(0)));
  console.log(
    `Scaled: ${requests} requests, all but the bucket of ${limits.bucket} at ${limits.perSecond} a second.`,
  );
  if (batched.rows !== calls) throw new Error(`${calls - batched.rows} calls are missing`);
}

(process.argv[2] === 'portal' ? servePortal() : main()).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

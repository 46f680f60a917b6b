/**
 * 1 000 replies to 200 dialogs of a portal that takes 2 requests a second with a bucket of 50: with the joining of
 * waiting replies, and one request each. Run: npx tsx bench/replies-batched.ts
 *
 * Joined runs in real time. One by one takes some eight minutes, so there portal and client share a clock that runs 50
 * times as fast; all 1 000 are sent, nothing is extrapolated.
 */
import { systemClock, type Clock } from '../lib/core/clock';
import { createHttpClient } from '../lib/core/http';
import type { PortalRest } from '../lib/bitrix24/rest/portal';
import { createRestClient } from '../lib/bitrix24/rest/client';
import { webhookCredential } from '../lib/bitrix24/rest/webhook-credential';
import { startPortal } from '../sandbox/bitrix24';
import { dialogsOf, manyReplies, sendAll, type Reply } from '../test/integration/bitrix24-rest/many-replies';
import { fastClock } from '../test/integration/bitrix24-rest/support';

const dialogs = 200;
const perDialog = 5;

interface Measured {
  seconds: number;
  requests: number;
  refused: number;
  /** Dialogs that show exactly what was sent to them, in order. */
  whole: number;
}

type Sender = (rest: PortalRest, replies: readonly Reply[]) => Promise<unknown>;

async function measure(clock: Clock, sender: Sender): Promise<Measured> {
  const portal = await startPortal({ clock, limits: { perSecond: 2, bucket: 50 } });
  const http = createHttpClient({
    policy: { origin: 'configured' },
    userAgent: 'bitlane-bench',
    timeoutMs: 60_000,
    maxResponseBytes: 10_000_000,
  });
  const rest = createRestClient({ credential: webhookCredential(new URL(portal.webhookUrl)), http, clock });
  try {
    const conversations = manyReplies(portal, dialogs, perDialog);
    const startedAt = clock.now();
    await sender(rest, conversations.replies);
    const seconds = (clock.now() - startedAt) / 1000;
    const whole = dialogsOf(portal, conversations).filter(
      ({ wanted, shown }) => JSON.stringify(wanted) === JSON.stringify(shown),
    ).length;
    const refused = portal.calls.filter((call) => call.error === 'QUERY_LIMIT_EXCEEDED').length;
    return { seconds, requests: portal.httpRequests, refused, whole };
  } finally {
    rest.close();
    http.close();
    await portal.stop();
  }
}

/** Each dialog waits for its answer before its next reply goes, as order demands. */
const oneByOne: Sender = async (rest, replies) => {
  const byDialog = new Map<string, Reply[]>();
  for (const reply of replies) byDialog.set(reply.dialogId, [...(byDialog.get(reply.dialogId) ?? []), reply]);
  await Promise.all(
    [...byDialog.values()].map(async (own) => {
      for (const { method, params } of own) await rest.call(method, params, { idempotent: false });
    }),
  );
};

function print(name: string, { seconds, requests, refused, whole }: Measured): void {
  const perSecond = ((dialogs * perDialog) / seconds).toFixed(1);
  console.log(
    `${name.padEnd(34)} ${seconds.toFixed(1).padStart(6)} s  ${String(requests).padStart(5)} requests  ` +
      `${perSecond.padStart(5)} replies/s  ${refused} refused  ${whole}/${dialogs} dialogs whole and in order`,
  );
}

async function main(): Promise<void> {
  console.log(`${dialogs * perDialog} replies to ${dialogs} dialogs; 2 requests/s, bucket 50`);
  print('joined (real time)', await measure(systemClock, sendAll));
  print('one by one (clock 50 times as fast)', await measure(fastClock(50), oneByOne));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

/**
 * 500 replies to 100 dialogs, queued at once on one portal that takes 2 requests a second with a bucket of 50: by the
 * outbox, which joins what waits, beside one call each, in which a dialog waits for its answer before its next reply goes,
 * as order demands. Every reply has to be in its dialog, in order, and no call refused for the limit.
 *
 * Ours runs in real time, three times. One call each would take four minutes, so there portal and client share a clock that
 * runs 100 times as fast: all 500 are sent, nothing is extrapolated.
 *
 *   npx tsx bench/10-queued-replies.ts
 */
import { systemClock, type Clock } from '../lib/core/clock';
import { createHttpClient } from '../lib/core/http';
import { createRestClient } from '../lib/bitrix24/rest/client';
import type { PortalRest } from '../lib/bitrix24/rest/portal';
import { webhookCredential } from '../lib/bitrix24/rest/webhook-credential';
import { startPortal } from '../sandbox/bitrix24';
import { dialogsOf, manyReplies, sendAll, type Reply } from '../test/integration/bitrix24-rest/many-replies';
import { fastClock } from '../test/integration/bitrix24-rest/support';
import { answer, atLeast, atMost, interleaved, median, type Row } from './support/question';

const dialogs = 100;
const perDialog = 5;
const rounds = 3;

interface Measured {
  readonly seconds: number;
  readonly requests: number;
  readonly refused: number;
}

type Sender = (rest: PortalRest, replies: readonly Reply[]) => Promise<unknown>;

async function send(clock: Clock, sender: Sender): Promise<Measured> {
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
    for (const { wanted, shown } of dialogsOf(portal, conversations))
      if (JSON.stringify(wanted) !== JSON.stringify(shown))
        throw new Error('a dialog is not whole, or not in order');
    const refused = portal.calls.filter((call) => call.error === 'QUERY_LIMIT_EXCEEDED').length;
    return { seconds, requests: portal.httpRequests, refused };
  } finally {
    rest.close();
    http.close();
    await portal.stop();
  }
}

const oneByOne: Sender = async (rest, replies) => {
  const byDialog = new Map<string, Reply[]>();
  for (const reply of replies) byDialog.set(reply.dialogId, [...(byDialog.get(reply.dialogId) ?? []), reply]);
  await Promise.all(
    [...byDialog.values()].map(async (own) => {
      for (const { method, params } of own) await rest.call(method, params, { idempotent: false });
    }),
  );
};

async function measure(): Promise<Row[]> {
  const figures = await interleaved(rounds, {
    joined: () => send(systemClock, sendAll),
    oneByOne: () => send(fastClock(100), oneByOne),
  });
  const middle = (all: readonly Measured[], of: (one: Measured) => number): number => median(all.map(of));
  const [ours, theirs] = [figures.joined, figures.oneByOne].map((all) => middle(all, (one) => one.seconds));
  const refused = figures.joined.reduce((sum, one) => sum + one.refused, 0);
  return [
    {
      what: `${dialogs * perDialog} replies, times as fast as one call each`,
      ours: `${ours?.toFixed(2)} s, ${middle(figures.joined, (one) => one.requests)} requests`,
      beside: `${theirs?.toFixed(0)} s, ${middle(figures.oneByOne, (one) => one.requests)} requests`,
      ...{ value: (theirs ?? NaN) / (ours ?? NaN), unit: ' x', goal: atLeast(20) },
    },
    {
      ...{ what: 'calls refused for the limit', ours: String(refused), beside: '' },
      ...{ value: refused, goal: atMost(0) },
    },
  ];
}

answer(10, 'Replies queued on one portal', measure);

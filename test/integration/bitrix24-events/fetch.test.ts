import assert from 'node:assert/strict';
import { isMap } from '../../../sandbox/shared/params';
import { RefusedError } from '../../../lib/core/errors';
import type { BotRest } from '../../../lib/bitrix24/bots/bot-calls';
import { syncBot } from '../../../lib/bitrix24/bots/sync-bot';
import { createFetchPoller, type PollerState } from '../../../lib/bitrix24/events/fetch-poller';
import { normaliseFetched } from '../../../lib/bitrix24/events/fetched';
import { createPollerRegistry } from '../../../lib/bitrix24/events/poller-registry';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { manualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { restOf, wishFor } from '../bitrix24-bots/support';
import { servers } from '../sandbox-portal/support';
import type { Portal } from '../../../sandbox/bitrix24';

const start = servers();

/** Over HTTP, and ended by its signal as the pack's own client is. */
function abortableRest(portal: Portal): BotRest {
  return {
    call: async (method, params, { signal }) => {
      const response = await fetch(`${portal.webhookUrl}${method}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Connection: 'close' },
        body: JSON.stringify(params),
        ...(signal && { signal }),
      });
      const body: unknown = await response.json();
      if (!isMap(body) || 'error' in body) throw new RefusedError('BITRIX_REFUSED', `${method} was refused`);
      return body['result'];
    },
  };
}

interface Deployed {
  states: PollerState[];
  /** Ends the pause; what follows is under way then. */
  wake: () => Promise<void>;
  /** Until the next pause. */
  next: () => Promise<void>;
  stop: () => Promise<void>;
}

describe('the events of a bot in fetch mode', () => {
  it('come from the portal, across a deploy, none twice and none lost', async () => {
    const portal = await start.portal();
    const wish = wishFor({ eventMode: 'fetch', webhookUrl: undefined });
    const { botId } = await syncBot(restOf(portal), wish);
    const chat = portal.openChannel();
    const registry = createPollerRegistry();
    const texts: string[] = [];
    const store = createMemoryStore();
    let offset: number | undefined;

    const deploy = (): Deployed => {
      const stopping = new AbortController();
      const clock = manualClock();
      const states: PollerState[] = [];
      const sender = { memberId: portal.memberId, domain: portal.domain, clientEndpoint: '', scope: '' };
      const poller = createFetchPoller({
        rest: abortableRest(portal),
        portal: portal.origin,
        botId,
        botToken: wish.botToken,
        clock,
        store: async () => store,
        name: 'fetch',
        loadOffset: async () => offset,
        saveOffset: async (next) => {
          offset = next;
        },
        take: async (events) => {
          for (const event of events) texts.push(normaliseFetched(event, sender, '').text);
        },
        onState: (state) => states.push(state),
        signal: stopping.signal,
        registry,
      });
      const stop = (): Promise<void> => {
        stopping.abort();
        return poller.stopped;
      };
      const asleep = (): Promise<void> => until(() => clock.pending() === 1, 'the poller to sleep');
      const wake = async (): Promise<void> => {
        await asleep();
        await clock.advance(30_000);
      };
      const next = async (): Promise<void> => {
        await wake();
        await asleep();
      };
      start.keep({ stop });
      return { stop, states, wake, next };
    };

    await portal.clientSays(chat, 'one');
    const before = deploy();
    await before.next();
    await portal.clientSays(chat, 'two');
    // The request that would bring it never gets an answer: the deploy ends it.
    portal.failNext({ method: 'imbot.v2.Event.get', with: 'hang' });
    const asked = portal.httpRequests;
    await before.wake();
    await until(() => portal.httpRequests > asked, 'the hanging request');
    const after = deploy();
    assert.deepEqual(
      after.states.map(({ state }) => state),
      ['waiting'],
    );
    await before.stop();
    await after.next();
    assert.deepEqual(texts, ['one', 'two']);
    assert.equal(portal.state.bots.get(botId)?.queue.length, 0);
    await portal.clientSays(chat, 'three');
    await after.next();
    assert.deepEqual(texts, ['one', 'two', 'three']);
    await after.stop();
  });
});

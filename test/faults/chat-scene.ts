import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../lib/core/fields';
import { startPortal, type Portal } from '../../sandbox/bitrix24';
import { speechSenseEnvironment } from '../../sandbox/environment';
import { startSpeechSense, type SpeechSense } from '../../sandbox/speechsense';
import { shippedFlow } from '../integration/bitrix24-nodes/shipped';
import { patienceMs } from '../support/patience';
import { createNodeRedProcess, type NodeRedProcess } from './node-red-process';

/** A Node-RED process for the shipped chat sync, a portal and a SpeechSense, for the tests of one suite. */
export interface ChatScene {
  readonly portal: Portal;
  readonly service: SpeechSense;
  readonly red: NodeRedProcess;
  /** What the panel shows, or the answer to what is pressed in it. */
  panel(order?: { path: string; body: object }): Promise<unknown>;
  /**
   * Waits until there are as many talks as wanted, or more, and nothing is late or under way. Looks at all that is late
   * again and again; uploads that were cut off are sent again by hand.
   */
  settle(cursorOf: (snapshot: unknown) => unknown, wanted: number): Promise<unknown>;
  /** Ids of the sessions that are talks now. */
  sent(): number[];
}

export function useChatScene(): ChatScene {
  let portal: Portal;
  let service: SpeechSense;
  let red: NodeRedProcess;

  before(async () => {
    portal = await startPortal({ limits: 'off' });
    service = await startSpeechSense();
    red = await createNodeRedProcess({
      ...speechSenseEnvironment(service),
      BITRIX_WEBHOOK_URL: portal.webhookUrl,
      SYNC_FROM_DATE: new Date(Date.now() - 60 * 24 * 60 * 60_000).toISOString().slice(0, 10),
    });
  });
  after(async () => {
    await red.remove();
    await service.stop();
    await portal.stop();
  });

  const panel: ChatScene['panel'] = async (order) => {
    const request = order && {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(order.body),
    };
    const response = await fetch(`${red.url}/bitlane/panel${order ? `/${order.path}` : ''}`, request);
    return response.json();
  };

  /** None of them may be a talk that could have been found. */
  async function sendHeldAgain(snapshot: unknown): Promise<void> {
    for (const uploads of entriesAt(snapshot, 'uploads')) {
      for (const held of entriesAt(uploads, 'held')) {
        const body = { list: textAt(uploads, 'list'), key: textAt(held, 'key'), how: 'again' };
        assert.ok(!service.talks.some(({ fields }) => fields['upload_key'] === body.key), 'it was found');
        await panel({ path: 'upload', body });
      }
    }
  }

  return {
    get portal() {
      return portal;
    },
    get service() {
      return service;
    },
    get red() {
      return red;
    },
    panel,
    async settle(cursorOf, wanted) {
      const limit = Date.now() + patienceMs;
      for (;;) {
        const snapshot = await panel();
        const cursor = cursorOf(snapshot);
        const isIdle = textAt(cursor, 'state') === 'idle';
        // A chat that was met a moment ago is not even late yet.
        if (isIdle && at(cursor, 'late') === 0 && service.talks.length >= wanted) return cursor;
        assert.ok(Date.now() < limit, `${service.talks.length} of ${wanted}: ${JSON.stringify(cursor)}`);
        await sendHeldAgain(snapshot);
        if (isIdle) await panel({ path: 'cursor', body: { key: textAt(cursor, 'key'), action: 'late' } });
      }
    },
    sent: () =>
      service.talks.map(({ fields }) => Number(fields['session_id'])).sort((one, other) => one - other),
  };
}

/** The shipped flow, with other settings of its node that reads the chats. */
export const chatSyncFlow = (settings: object): object[] =>
  shippedFlow('SpeechSense/2 Open Channel chats.json').map((node) => {
    const type = textAt(node, 'type');
    if (type === 'bitrix-portal') return { ...node, plan: 'enterprise' };
    return type === 'openline-chats' ? { ...node, ...settings } : node;
  });

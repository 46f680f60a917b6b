import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../lib/core/fields';
import { startPortal, type Chat, type Portal } from '../../sandbox/bitrix24';
import { speechSenseEnvironment } from '../../sandbox/environment';
import { startSpeechSense, type SpeechSense } from '../../sandbox/speechsense';
import { botNode, inNode, replyNode, thinkNode } from '../integration/bitrix24-nodes/flow-parts';
import { answered, botOn, say } from '../integration/bitrix24-nodes/scene';
import { shippedFlow } from '../integration/bitrix24-nodes/shipped';
import { until } from '../support/until';
import { createNodeRedProcess, type NodeRedProcess } from './node-red-process';

const portalId = 'bitlane-portal';

describe('chats without CRM under kill -9', function () {
  this.timeout(180_000);
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

  function flow(): object[] {
    const shipped = shippedFlow('SpeechSense/2 Open Channel chats.json').map((node) => {
      const type = textAt(node, 'type');
      if (type === 'bitrix-portal') return { ...node, plan: 'enterprise' };
      return type === 'openline-chats' ? { ...node, everyMinutes: 0.01 } : node;
    });
    return [
      ...shipped,
      { id: 'tab', type: 'tab', label: 'bot' },
      botNode(red.url, { portal: portalId }),
      inNode({ portal: portalId, wires: [['think'], []] }),
      ...[thinkNode(), replyNode({ typing: false, wires: [[]] })],
    ];
  }

  async function panel(order?: { path: string; body: object }): Promise<unknown> {
    const response = await fetch(`${red.url}/bitlane/panel${order ? `/${order.path}` : ''}`, {
      ...(order && {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(order.body),
      }),
    });
    return response.json();
  }

  const served = (snapshot: unknown): unknown =>
    entriesAt(snapshot, 'cursors').find((cursor) => textAt(cursor, 'cursor')?.endsWith('(served)'));

  /** Looks at all that is late until nothing is; uploads that were cut off are sent again by hand. */
  async function settle(): Promise<unknown> {
    const limit = Date.now() + 60_000;
    for (;;) {
      const snapshot = await panel();
      const cursor = served(snapshot);
      const isIdle = textAt(cursor, 'state') === 'idle';
      if (isIdle && at(cursor, 'late') === 0) return cursor;
      assert.ok(Date.now() < limit, JSON.stringify(cursor));
      for (const uploads of entriesAt(snapshot, 'uploads')) {
        for (const held of entriesAt(uploads, 'held')) {
          const body = { list: textAt(uploads, 'list'), key: textAt(held, 'key'), how: 'again' };
          assert.ok(!service.talks.some(({ fields }) => fields['upload_key'] === body.key), 'it was found');
          await panel({ path: 'upload', body });
        }
      }
      const key = textAt(cursor, 'key');
      if (isIdle) await panel({ path: 'cursor', body: { key, action: 'late' } });
    }
  }

  const sent = (): number[] =>
    service.talks.map(({ fields }) => Number(fields['session_id'])).sort((one, other) => one - other);

  async function talk(): Promise<Chat> {
    const chat = portal.openChannel({ bots: [botOn(portal)], tracked: false });
    await say(portal, chat, 'Hello');
    await answered(portal, chat, 1);
    return chat;
  }

  it('misses none and sends none twice', async () => {
    await red.start();
    await red.deploy(flow());
    await until(() => /helper/.test([...portal.state.bots.values()].map(({ code }) => code).join()), 'a bot');
    const chats: Chat[] = [];
    for (let round = 0; round < 5; round += 1) {
      for (let count = 0; count < 4; count += 1) {
        const chat = await talk();
        chats.push(chat);
        // One of each round goes on beyond the death of the process.
        if (count > 0) portal.closeSession(chat);
      }
      if (round > 1) await until(() => sent().length > round, 'some talks', 30_000);
      red.kill9();
      await red.start();
    }
    for (const chat of chats) if (chat.openLine?.session) portal.closeSession(chat);
    const wanted = chats.map((chat) => sessionOf(portal, chat)).sort((one, other) => one - other);
    await until(() => sent().length >= 15, 'those that were over', 30_000);
    const cursor = await settle();
    assert.equal(at(cursor, 'failed'), 0);
    assert.deepEqual(sent(), wanted);
  });
});

function sessionOf(portal: Portal, chat: Chat): number {
  const found = [...portal.state.sessions.values()].find(({ chatId }) => chatId === chat.id);
  return found?.id ?? assert.fail('no session');
}

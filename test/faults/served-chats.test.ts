import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../lib/core/fields';
import type { Chat, Portal } from '../../sandbox/bitrix24';
import { botNode, inNode, replyNode, thinkNode } from '../integration/bitrix24-nodes/flow-parts';
import { answered, botOn, say } from '../integration/bitrix24-nodes/scene';
import { until } from '../support/until';
import { chatSyncFlow, useChatScene } from './chat-scene';

const portalId = 'bitlane-portal';

describe('chats without CRM under kill -9', function () {
  const scene = useChatScene();

  function flow(): object[] {
    return [
      ...chatSyncFlow({ everyMinutes: 0.01 }),
      { id: 'tab', type: 'tab', label: 'bot' },
      botNode(scene.red.url, { portal: portalId }),
      inNode({ portal: portalId, wires: [['think'], []] }),
      ...[thinkNode(), replyNode({ typing: false, wires: [[]] })],
    ];
  }

  const served = (snapshot: unknown): unknown =>
    entriesAt(snapshot, 'cursors').find((cursor) => textAt(cursor, 'cursor')?.endsWith('(served)'));

  async function talk(): Promise<Chat> {
    const { portal } = scene;
    const chat = portal.openChannel({ bots: [botOn(portal)], tracked: false });
    await say(portal, chat, 'Hello');
    await answered(portal, chat, 1);
    return chat;
  }

  it('misses none and sends none twice', async () => {
    const { portal, red, sent } = scene;
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
      if (round > 1) await until(() => sent().length > round, 'some talks');
      red.kill9();
      await red.start();
    }
    for (const chat of chats) if (chat.openLine?.session) portal.closeSession(chat);
    const wanted = chats.map((chat) => sessionOf(portal, chat)).sort((one, other) => one - other);
    const cursor = await scene.settle(served, wanted.length);
    assert.equal(at(cursor, 'failed'), 0);
    assert.deepEqual(sent(), wanted);
  });
});

function sessionOf(portal: Portal, chat: Chat): number {
  const found = [...portal.state.sessions.values()].find(({ chatId }) => chatId === chat.id);
  return found?.id ?? assert.fail('no session');
}

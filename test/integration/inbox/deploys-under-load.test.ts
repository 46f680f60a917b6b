import assert from 'node:assert/strict';
import RED from 'node-red';
import type { Chat, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { botFlow, botNode, portalNode } from '../bitrix24-nodes/flow-parts';
import { answersIn, botOn, useScene } from '../bitrix24-nodes/scene';

const deploysOfEachKind = 50;
const dialogs = 20;

/** Takes a while, so that every deploy finds flows under way. */
const slowEcho = 'setTimeout(() => { node.send(msg); node.done(); }, 20 + Math.random() * 30); return null;';

describe(`${deploysOfEachKind} full deploys and ${deploysOfEachKind} of single nodes, under load`, function () {
  const scene = useScene();

  it('lose no message, answer none twice, keep the order, and leave nothing behind', async () => {
    const portal = await scene.portal();
    const flow = (round: number): object[] =>
      botFlow(portalNode(portal, { plan: 'enterprise' }), botNode(scene.red.url), {
        // A change, so that a deploy of nodes has something to replace.
        func: `/* ${round} */ ${slowEcho}`,
        incoming: { flowTimeoutSeconds: 60 + (round % 2) },
        reply: { typing: false },
      });
    await scene.deployReady(flow(0));
    const bot = botOn(portal);
    const chats = Array.from({ length: dialogs }, () => portal.openChannel({ bots: [bot] }));
    const before = counted();

    let isOver = false;
    const talks = chats.map((chat) => talk(portal, chat, () => isOver));
    for (let round = 1; round <= deploysOfEachKind; round += 1) {
      await scene.red.deploy(flow(2 * round), 'nodes');
      await scene.red.deploy(flow(2 * round + 1), 'full');
    }
    isOver = true;
    const said = await Promise.all(talks);
    const total = said.reduce((sum, texts) => sum + texts.length, 0);
    assert.ok(total > dialogs, 'nobody said anything');
    const isAnswered = (): boolean =>
      chats.every((chat, place) => answersIn(portal, chat).length >= (said[place]?.length ?? 0));
    await until(isAnswered, 'every message to be answered');
    for (const [place, chat] of chats.entries()) assert.deepEqual(answersIn(portal, chat), said[place]);

    await scene.deploy(flow(0));
    assert.deepEqual(counted(), before);
  });
});

/** A person who writes whenever the last message was taken; what was turned away is written again, as the portal does. */
async function talk(portal: Portal, chat: Chat, isOver: () => boolean): Promise<string[]> {
  const said: string[] = [];
  while (!isOver()) {
    const text = `message ${said.length}`;
    const { deliveries } = await portal.clientSays(chat, { text, hold: true });
    const [delivery] = deliveries;
    assert.ok(delivery?.wire);
    const { body, headers } = portal.wireForm(delivery);
    for (;;) {
      const { status } = await portal.sendRaw(delivery.wire.url, body, headers);
      if (status === 200) break;
      assert.ok(status === 503 || status === 404, `answered with ${status}`);
    }
    said.push(text);
    await until(() => answersIn(portal, chat).length > said.length - 10 || isOver(), 'some answers');
  }
  return said;
}

function counted(): Record<string, number> {
  const events = ['flows:stopping', 'flows:stopped', 'flows:starting', 'flows:started', 'node-status'];
  const listeners = events.map((event) => [event, RED.events.listenerCount(event)] as const);
  return {
    ...Object.fromEntries(listeners),
    exit: process.listenerCount('exit'),
    unhandled: process.listenerCount('unhandledRejection'),
  };
}

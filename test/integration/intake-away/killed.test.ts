import assert from 'node:assert/strict';
import { startPortal, type Portal } from '../../../sandbox/bitrix24';
import { createNodeRedProcess, type NodeRedProcess } from '../../faults/node-red-process';
import { startRedis, type RedisServer } from '../../support/redis';
import { until } from '../../support/until';
import { botFlow, botNode, portalNode } from '../bitrix24-nodes/flow-parts';
import { answersIn, botOn, say } from '../bitrix24-nodes/scene';

describe('events that wait on the disk of a Node-RED that is killed', function () {
  let redis: RedisServer;
  let portal: Portal;
  let red: NodeRedProcess;

  before(async () => {
    redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    portal = await startPortal({ limits: 'off' });
    red = await createNodeRedProcess({});
  });
  after(async () => {
    await red.remove();
    await portal.stop();
    await redis.stop();
  });

  const flow = (applicationToken?: string): object[] => [
    {
      ...{ id: 'store', type: 'bitlane-store', backend: 'redis', keyPrefix: 'bitbot' },
      credentials: { redisUrl: redis.url, encryptionKey: 'a key that a person has chosen' },
    },
    ...botFlow(
      portalNode(portal, {
        store: 'store',
        credentials: { webhookUrl: portal.webhookUrl, ...(applicationToken && { applicationToken }) },
      }),
      botNode(red.url),
      { func: 'msg.payload = `You wrote: ${msg.payload}`; return msg;' },
    ),
  ];
  const answers = (wanted: number, chat: Parameters<typeof answersIn>[1]): Promise<void> =>
    until(() => answersIn(portal, chat).length >= wanted, `${wanted} answers`);

  it('are answered by the next one, also those that came before it ever saw Redis', async () => {
    await red.start();
    await red.deploy(flow());
    await until(() => portal.state.bots.size > 0, 'the bot to be registered');
    // With the token a portal is believed whatever the store says.
    await red.deploy(flow(portal.applicationToken(botOn(portal))));
    const chat = portal.openChannel({ bots: [botOn(portal)] });
    await until(() => /Started flows[\s\S]*Started flows/.test(red.log()), 'the flows to run');
    await say(portal, chat, 'first');
    await answers(1, chat);
    // Noted as done; what is in hand at a crash is another matter.
    while ((await red.metric('bitlane_oldest_waiting_seconds')) > 0) continue;
    await redis.kill9();
    await say(portal, chat, 'second');
    red.kill9();
    await red.ended();
    await red.start();
    await say(portal, chat, 'third');
    await redis.restart();
    await answers(3, chat);
    assert.deepEqual(
      answersIn(portal, chat),
      ['first', 'second', 'third'].map((text) => `You wrote: ${text}`),
    );
    assert.doesNotMatch(red.log(), /a key that a person has chosen/);
  });
});

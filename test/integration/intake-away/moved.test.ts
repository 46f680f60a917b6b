import assert from 'node:assert/strict';
import { textAt } from '../../../lib/core/fields';
import type { Chat, Portal } from '../../../sandbox/bitrix24';
import { startRedis, type RedisServer } from '../../support/redis';
import { until } from '../../support/until';
import { botFlow, botNode, portalNode } from '../bitrix24-nodes/flow-parts';
import { answersIn, botOn, say, useScene } from '../bitrix24-nodes/scene';

describe('what waits on the disk when the store node is changed in the outage', function () {
  const scene = useScene({ logLevel: 'trace' });
  const servers: RedisServer[] = [];
  let portal: Portal;
  let chat: Chat;
  /** Answers so far. */
  let all = 0;

  const server = (place: number): RedisServer => servers[place] ?? assert.fail('no such server');

  before(async () => {
    servers.push(await startRedis(), await startRedis());
    portal = await scene.portal();
  });
  after(() => Promise.all(servers.map((each) => each.stop())));

  const storeNode = (id: string, place: number, encryptionKey: string): object => ({
    ...{ id, type: 'bitlane-store', backend: 'redis', keyPrefix: 'bitbot' },
    credentials: { redisUrl: server(place).url, encryptionKey },
  });
  const flow = (store: string, ...stores: object[]): object[] => [
    ...stores,
    ...botFlow(portalNode(portal, { store }), botNode(scene.red.url), {
      func: 'msg.payload = `You wrote: ${msg.payload}`; return msg;',
    }),
  ];
  const status = (id: string): string => scene.watch.status(id) ?? '';
  const log = (): string => scene.red.log.join('\n');

  /** One is answered before: a portal is believed in an outage that was met there. */
  async function sayWhileAway(place: number, ...texts: string[]): Promise<void> {
    await say(portal, chat, 'before');
    await answers((all += 1));
    await server(place).kill9();
    await until(() => /STORE_UNAVAILABLE$/.test(status('store')), 'the store to be red');
    for (const text of texts) await say(portal, chat, text);
  }
  const answers = (count: number): Promise<void> =>
    until(() => answersIn(portal, chat).length >= count, `${count} answers`);

  async function moved(...texts: string[]): Promise<void> {
    await answers((all += texts.length));
    assert.deepEqual(
      answersIn(portal, chat).slice(-texts.length),
      texts.map((text) => `You wrote: ${text}`),
    );
  }

  const sentence = (count: number): string => `safe (${count}) wait in the folder bitlane/waiting-store `;

  it('goes to the new address, also with another key', async () => {
    await scene.deployReady(flow('store', storeNode('store', 0, 'the key of the first server')));
    chat = portal.openChannel({ bots: [botOn(portal)] });
    await sayWhileAway(0, 'one', 'two');
    await scene.deploy(flow('store', storeNode('store', 1, 'the key of the second server')));
    await moved('one', 'two');
    assert.ok(!/waiting-/.test(log()), 'nothing to tell');
  });

  it('is told of when its store node is gone, and goes on when that is back', async () => {
    await sayWhileAway(1, 'three', 'four', 'five');
    await server(0).restart();
    await scene.deploy(flow('other', storeNode('other', 0, 'the key of the first server')));
    await until(() => /STORE_LEFT_BEHIND$/.test(status('other')), 'the status to tell of it');
    await until(() => log().includes(sentence(3)), 'the log');
    await until(() => /ready|working/.test(status('bot')), 'the bot to be ready');
    // A store that was away for a moment is green for another one.
    await until(() => /STORE_LEFT_BEHIND$/.test(status('other')), 'the status to tell of it still');
    await server(1).restart();
    await scene.deploy(flow('store', storeNode('store', 1, 'the key of the second server')));
    await moved('three', 'four', 'five');
  });

  it('is told of by the portal when there is no store node at all', async () => {
    await sayWhileAway(1, 'six');
    await scene.deploy(flow(''));
    await until(() => /STORE_LEFT_BEHIND$/.test(status('portal')), 'the status to tell of it');
    const caught = (): string =>
      scene.watch
        .heard('caught')
        .map((one) => textAt(one, 'error', 'message') ?? '')
        .join();
    await until(() => caught().includes(sentence(1)), 'the Catch node');
  });
});

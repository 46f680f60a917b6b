import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Chat, Portal } from '../../../sandbox/bitrix24';
import { startRedis, type RedisServer } from '../../support/redis';
import { until } from '../../support/until';
import { botFlow, botNode, portalNode, type Changes } from '../bitrix24-nodes/flow-parts';
import { answersIn, botOn, say, useScene } from '../bitrix24-nodes/scene';

const encryptionKey = 'marker-encryption-key-2b81';

describe('events while Redis is away, in a real Node-RED', function () {
  const scene = useScene({ logLevel: 'trace' });
  let server: RedisServer;
  let portal: Portal;

  before(async () => {
    server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    portal = await scene.portal();
  });
  after(() => server.stop());

  const storeNode = (changes: Changes = {}): object => ({
    ...{ id: 'store', type: 'bitlane-store', backend: 'redis', keyPrefix: 'bitbot' },
    credentials: { redisUrl: server.url, encryptionKey },
    ...changes,
  });
  const flow = (changes: Changes = {}): object[] => [
    storeNode(),
    ...botFlow(portalNode(portal, { store: 'store', ...changes }), botNode(scene.red.url), {
      func: 'msg.payload = `You wrote: ${msg.payload}`; return msg;',
    }),
  ];
  const storeStatus = (): string => scene.watch.status('store') ?? '';
  const isRed = (): Promise<void> =>
    until(() => /STORE_UNAVAILABLE$/.test(storeStatus()), 'the store to be red');
  const isGreen = (): Promise<void> => until(() => /ready$/.test(storeStatus()), 'the store to be green');
  const chats = (count: number): Chat[] =>
    Array.from({ length: count }, () => portal.openChannel({ bots: [botOn(portal)] }));
  const log = (): string => scene.red.log.join('\n');

  async function answeredInOrder(all: readonly Chat[], wanted: (chat: number) => string[]): Promise<void> {
    const complete = (): boolean =>
      all.every((chat, place) => answersIn(portal, chat).length >= wanted(place).length);
    await until(complete, 'all answers');
    for (const [place, chat] of all.entries()) {
      assert.deepEqual(
        answersIn(portal, chat),
        wanted(place).map((text) => `You wrote: ${text}`),
      );
    }
  }

  /** What was in hand is noted as done: a Redis that dies in between is another matter. */
  async function quiet(): Promise<void> {
    for (;;) {
      const panel: unknown = await (await fetch(`${scene.red.url}/bitlane/panel`)).json();
      const readers: unknown = Reflect.get(Object(panel), 'readers');
      if (!/"(?:running|waiting)":[1-9]/.test(JSON.stringify(readers))) return;
    }
  }

  it('are taken, and answered once and in order when it is back', async () => {
    await scene.deployReady(flow());
    const all = chats(10);
    for (const chat of all) await say(portal, chat, 'before');
    await answeredInOrder(all, () => ['before']);
    await quiet();
    await server.kill9();
    await isRed();
    for (let round = 1; round <= 5; round += 1)
      for (const chat of all) await say(portal, chat, `round ${round}`);
    await until(() => /local|waiting here/.test(scene.watch.status('in') ?? ''), 'the status to tell of it');
    const [folder = ''] = readdirSync(join(scene.red.userDir, 'bitlane'));
    assert.equal(folder, 'waiting-store');
    await server.restart();
    await isGreen();
    await answeredInOrder(all, () => ['before', 'round 1', 'round 2', 'round 3', 'round 4', 'round 5']);
    for (const chat of all) await say(portal, chat, 'after');
    await answeredInOrder(all, () => [
      ...['before', 'round 1', 'round 2', 'round 3', 'round 4', 'round 5', 'after'],
    ]);
    assert.equal(log().match(/wait on the disk of this Node-RED until/g)?.length, 1);
    assert.match(log(), /waited on the disk of this Node-RED and are in the store now: 50/);
    await until(() => !/waiting here/.test(scene.watch.status('in') ?? ''), 'the status to be quiet');
  });

  it('are taken also after a deploy in the outage, which forgets nothing', async () => {
    const all = chats(3);
    for (const chat of all) await say(portal, chat, 'first');
    await answeredInOrder(all, () => ['first']);
    await quiet();
    await server.kill9();
    await isRed();
    for (const chat of all) await say(portal, chat, 'second');
    await scene.deploy(flow({ name: 'changed' }));
    for (const chat of all) await say(portal, chat, 'third');
    await server.restart();
    await isGreen();
    await answeredInOrder(all, () => ['first', 'second', 'third']);
  });

  it('wait for a server that is silent no longer than for one command', async () => {
    const all = chats(4);
    for (const chat of all) await say(portal, chat, 'first');
    await answeredInOrder(all, () => ['first']);
    server.standStill();
    for (const chat of all) await say(portal, chat, 'second');
    await isRed();
    for (const chat of all) await say(portal, chat, 'third');
    server.goOn();
    await isGreen();
    await answeredInOrder(all, () => ['first', 'second', 'third']);
  });

  it('of a portal that nobody here has met are turned away, but not for good', async () => {
    const other = await scene.portal();
    await scene.deployReady([
      ...flow(),
      portalNode(other, { id: 'portal2', store: 'store' }),
      botNode(scene.red.url, { id: 'bot2', portal: 'portal2', code: 'other' }),
    ]);
    const chat = other.openChannel({ bots: [botOn(other, 'other')] });
    await server.kill9();
    await isRed();
    const { deliveries } = await other.clientSays(chat, 'do you know me?');
    assert.deepEqual([...new Set(deliveries.map(({ status }) => status))], [503]);
    await server.restart();
    await isGreen();
  });

  it('never shows the key', () => {
    assert.ok(existsSync(join(scene.red.userDir, 'bitlane')));
    assert.doesNotMatch(log(), /marker-/);
  });
});

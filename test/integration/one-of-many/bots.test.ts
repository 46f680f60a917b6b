import assert from 'node:assert/strict';
import type { Portal } from '../../../sandbox/bitrix24';
import { wishFor } from '../bitrix24-bots/support';
import { servers } from '../sandbox-portal/support';
import { useRedis } from '../store/redis-bench';
import {
  createInstances,
  runBot,
  takenTexts,
  type BotScene,
  type Instances,
  type Instance,
  type RunningBot,
} from './instances';

const start = servers();
const wish = wishFor({ eventMode: 'fetch', webhookUrl: undefined });

describe('a bot in fetch mode in several Node-RED on one Redis', function () {
  const redis = useRedis();
  let instances: Instances;
  let scene: BotScene;
  let bots: Map<RunningBot, Instance>;

  beforeEach(async () => {
    instances = createInstances(redis);
    bots = new Map();
    const portal = await start.portal({ limits: 'off' });
    scene = { portal, wish, asked: { by: [], atOnce: 0, most: 0 } };
  });
  afterEach(async () => {
    for (const one of instances.all) one.isAlive = true;
    await Promise.all([...bots.keys()].map((bot) => bot.stop()));
  });

  async function startAll(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const instance = await instances.start();
      bots.set(runBot(name, instance, scene), instance);
    }
    await instances.goOn(() => [...bots.keys()].every((bot) => bot.isReady()), 'all to be ready');
    await instances.goOn(() => [...bots.keys()].some(({ last }) => last?.state === 'ok'), 'the first look');
  }

  function fetching(): { bot: RunningBot; instance: Instance } {
    for (const [bot, instance] of bots) {
      if (instance.isAlive && bot.last?.state === 'ok') return { bot, instance };
    }
    return assert.fail('nobody fetches');
  }

  const others = (than: RunningBot): RunningBot[] => [...bots.keys()].filter((bot) => bot !== than);

  const callsOf = (portal: Portal, method: string): number =>
    portal.calls.filter((call) => call.method === `imbot.v2.${method}`).length;

  async function said(portal: Portal, texts: readonly string[]): Promise<void> {
    const chat = portal.openChannel();
    for (const text of texts) await portal.clientSays(chat, text);
  }

  async function untilTaken(count: number): Promise<void> {
    const store = [...bots.values()].find(({ isAlive }) => isAlive)?.store ?? assert.fail('all are dead');
    await instances.goOn(async () => (await takenTexts(store)).length >= count, `${count} events`);
  }

  async function untilConfirmed(): Promise<void> {
    const [bot] = scene.portal.state.bots.values();
    await instances.goOn(() => bot?.queue.length === 0, 'the confirmation');
  }

  it('is registered once by three that start at the same moment; two of them ask nothing', async () => {
    await startAll(['one', 'two', 'three']);
    const { portal } = scene;
    assert.deepEqual([portal.state.bots.size, portal.state.commands.size], [1, 2]);
    assert.deepEqual(
      ['Bot.get', 'Bot.register', 'Bot.update', 'Command.list', 'Command.register'].map((method) =>
        callsOf(portal, method),
      ),
      [1, 1, 0, 2, 2],
    );
  });

  it('has its events fetched by one, while the others say so', async () => {
    await startAll(['one', 'two', 'three']);
    await said(scene.portal, ['a', 'b', 'c']);
    await untilTaken(3);
    await untilConfirmed();
    const { bot } = fetching();
    assert.deepEqual(
      others(bot).map(({ last }) => last?.state),
      ['elsewhere', 'elsewhere'],
    );
    assert.deepEqual([new Set(scene.asked.by), scene.asked.most], [new Set([bot.name]), 1]);
  });

  it('goes over to another one when the first is stopped, with no event lost or taken twice', async () => {
    await startAll(['one', 'two', 'three']);
    await said(scene.portal, ['a', 'b']);
    await untilTaken(2);
    const { bot, instance } = fetching();
    await said(scene.portal, ['c']);
    await bot.stop();
    instance.isAlive = false;
    const before = bot.polls();
    await said(scene.portal, ['d']);
    await untilTaken(4);
    await untilConfirmed();
    assert.deepEqual(await takenTexts(instance.store), ['a', 'b', 'c', 'd']);
    assert.deepEqual([bot.polls(), scene.asked.most], [before, 1]);
  });

  it('goes over when the first dies with events in hand, which are not taken twice', async () => {
    await startAll(['one', 'two', 'three']);
    await said(scene.portal, ['a']);
    await untilTaken(1);
    await untilConfirmed();
    const { bot, instance } = fetching();
    let wake = (): void => undefined;
    bot.holdUp = new Promise((resolve) => (wake = resolve));
    const before = bot.holdUps;
    await said(scene.portal, ['b', 'c']);
    await instances.goOn(() => bot.holdUps > before, 'events in the hands of the one that dies');
    await instances.die(instance);
    const polls = bot.polls();
    await said(scene.portal, ['d']);
    await untilTaken(4);
    await untilConfirmed();
    const successor = fetching().bot;
    assert.notEqual(successor, bot);

    // It was not dead, it only stood still: what it does now counts no more.
    const offset = await instance.store.get(`bitrix:offset:${scene.portal.domain}:helper`);
    instance.isAlive = true;
    wake();
    await instances.goOn(() => bot.last?.state === 'elsewhere', 'the first to notice');
    assert.equal(await instance.store.get(`bitrix:offset:${scene.portal.domain}:helper`), offset);
    assert.deepEqual([bot.polls(), scene.asked.most], [polls, 1]);
    await said(scene.portal, ['e']);
    await untilTaken(5);
    assert.deepEqual(await takenTexts(instance.store), ['a', 'b', 'c', 'd', 'e']);
    assert.deepEqual(
      [...bots.keys()].flatMap(({ failures }) => failures),
      [],
    );
  });

  it('is fetched on by somebody, whoever dies, and by nobody twice', async () => {
    await startAll(['one', 'two', 'three']);
    const texts = ['a', 'b'];
    for (const [place, text] of texts.entries()) {
      const { instance } = fetching();
      await instances.die(instance);
      await said(scene.portal, [text]);
      await untilTaken(place + 1);
      await untilConfirmed();
      assert.equal(scene.asked.most, 1);
    }
    assert.deepEqual(await takenTexts(fetching().instance.store), texts);
  });
});

import assert from 'node:assert/strict';
import { startRedis, type RedisServer } from '../../support/redis';
import { until } from '../../support/until';
import { answering, openHouse, type House } from './house';
import { judge, repliesOn, type Reply } from './replies';
import { startTraffic } from './traffic';

const dialogs = 40;
/** So that it is in the midst of everything when it stops. */
const perSecond = 60;
const enough = 10;
const messagesEach = 2;
const botMs = 2000;
/** Of new messages, until the one that stood still gets some of them. */
const mostRounds = 8;

describe('a Node-RED that stands still until others take it for dead, and then goes on', function () {
  let server: RedisServer;
  let house: House;

  before(async () => {
    server = await startRedis({ args: ['--appendonly', 'yes'] });
    // Neither can take them all, however slow the other one is.
    const incoming = { maxDialogs: dialogs / 2 };
    house = await openHouse({
      ...{ instances: 2, redisUrl: server.url, func: answering(botMs, botMs), incoming },
    });
  });
  after(async () => {
    await house?.stop();
    await server?.stop();
  });

  it('answers nothing that another one has answered by then', async () => {
    const { portal, bot, eventsUrl, instances } = house;
    const [sleeper] = instances;
    assert.ok(sleeper);
    const traffic = startTraffic(portal, bot, eventsUrl, { dialogs, messagesEach, perSecond });
    const inHand = (): string[] =>
      [...sleeper.log().matchAll(/in hand: (\S+)/g)].map(([, text = '']) => text);
    await until(() => inHand().length >= enough, 'events in its hands');
    sleeper.standStill();
    const stuck = new Set(inHand());
    for (const { text } of repliesOn(portal)) stuck.delete(text);
    assert.ok(stuck.size > 0, 'nothing was in its hands');

    await traffic.done;
    const isAllAnswered = (): boolean => {
      const answered = new Set(repliesOn(portal).map(({ text }) => text));
      return traffic.said.every(({ text }) => answered.has(text));
    };
    await until(isAllAnswered, 'the other one to answer all');
    const meanwhile = repliesOn(portal);
    const known = new Set(meanwhile.map(({ eventId }) => eventId));
    const from = portal.state.nextId('message');
    sleeper.goOn();
    const fresh = (): Reply[] => repliesOn(portal, from).filter(({ eventId }) => !known.has(eventId));
    const worksAgain = (): boolean => fresh().some(({ instance }) => instance === 0);
    for (let round = 1; round <= mostRounds && !worksAgain(); round += 1) {
      await startTraffic(portal, bot, eventsUrl, { dialogs, messagesEach: 1, perSecond: Infinity }).done;
      await until(() => fresh().length >= round * dialogs, 'answers to what came later');
    }
    assert.ok(worksAgain(), 'it does not work any more');

    const { lost, doubled, outOfOrder } = judge(traffic.said, meanwhile);
    assert.deepEqual({ lost, doubled, outOfOrder }, { lost: [], doubled: [], outOfOrder: [] });
    assert.deepEqual(
      repliesOn(portal, from).filter(({ eventId }) => known.has(eventId)),
      [],
    );
  });
});

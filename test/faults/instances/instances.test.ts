import assert from 'node:assert/strict';
import type Redis from 'ioredis';
import { createNames } from '../../../lib/store/redis/names';
import { startRedis, type RedisServer } from '../../support/redis';
import { until } from '../../support/until';
import { lookInto } from '../../integration/store/redis-bench';
import { seededRandom } from '../../unit/core/random';
import { answering, openHouse, storePrefix, type House } from './house';
import { killAndRestart, withoutRecord, type Kill } from './killer';
import { keyPatterns, keptPatterns } from './leftovers';
import { judge, repliesOn, type Verdict } from './replies';
import { printRun } from './report';
import { startTraffic, type SaidEvent } from './traffic';

/** The large run takes six minutes: 2000 dialogs, 10 messages, 120 a second, 1000 kills, one every 4000 ms. */
const dialogs = Number(process.env.BITLANE_INSTANCE_DIALOGS ?? 60);
const messagesEach = Number(process.env.BITLANE_INSTANCE_MESSAGES ?? 5);
const perSecond = Number(process.env.BITLANE_INSTANCE_RATE ?? 60);
const killEveryMs = Number(process.env.BITLANE_INSTANCE_KILL_MS ?? 1200);
const mostKills = Number(process.env.BITLANE_INSTANCE_KILLS ?? 3);
const seed = Number(process.env.BITLANE_SEED ?? 20_261_121);
const isPrinting = process.env.BITLANE_FIGURES !== undefined || process.env.BITLANE_FAULTS === 'full';
const postingMs = (dialogs * messagesEach * 1000) / perSecond;
/** From the last kill to the last answer: the dead are known by their silence. */
const patienceMs = 90_000 + postingMs;

describe(`three Node-RED on one Redis, one of them killed again and again (seed ${seed})`, function () {
  this.timeout(2 * patienceMs + 60_000);
  let server: RedisServer;
  let redis: Redis;
  let house: House;
  let kills: Kill[] = [];
  let said: readonly SaidEvent[] = [];
  let verdict: Verdict;

  before('the run', async () => {
    server = await startRedis({ args: ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction'] });
    redis = lookInto(server.url);
    // An event that was in hand at three kills is given up by design; here nothing is to be given up.
    const incoming = { attempts: 100 };
    house = await openHouse({ instances: 3, redisUrl: server.url, func: answering(20, 200), incoming });
    const startedAt = Date.now();
    const traffic = startTraffic(house.portal, house.bot, house.eventsUrl, {
      dialogs,
      messagesEach,
      perSecond,
    });
    said = traffic.said;
    let isOver = false;
    const killing = killAndRestart(house, redis, {
      ...{ everyMs: killEveryMs, most: mostKills, random: seededRandom(seed), isOver: () => isOver },
    });
    await traffic.done;
    isOver = true;
    kills = await killing;
    const saidAt = Date.now();
    await answeredOrGivenUp();
    verdict = judge(said, repliesOn(house.portal));
    const restAt = Date.now();
    const patterns = await keyPatterns(redis);
    const times = { said: saidAt - startedAt, all: restAt - startedAt };
    const replies = repliesOn(house.portal);
    if (isPrinting) printRun({ said, replies, verdict, kills, posts: traffic.posts, patterns, times });
  });
  after(async () => {
    await house?.stop();
    redis?.disconnect();
    await server?.stop();
  });

  /** Until all is answered and nothing more can come; what is not answered by then is lost. */
  async function answeredOrGivenUp(): Promise<void> {
    const accepted = said.filter(({ acceptedAt }) => acceptedAt !== undefined);
    const isAnswered = (): boolean => {
      const texts = new Set(repliesOn(house.portal).map(({ text }) => text));
      return accepted.every(({ text }) => texts.has(text));
    };
    await until(isAnswered, 'all answers', patienceMs).catch(() => undefined);
    const isQuiet = async (): Promise<boolean> => (await redis.zcard(createNames(storePrefix).open)) === 0;
    await until(isQuiet, 'nothing to be waiting').catch(() => undefined);
  }

  it('loses no event', () => {
    assert.ok(kills.length > 0, 'nobody was killed');
    assert.equal(
      said.filter(({ acceptedAt }) => acceptedAt === undefined).length,
      0,
      'given up by the portal',
    );
    assert.deepEqual(verdict.lost, []);
  });

  it('answers each dialog in the order of its events', () => {
    assert.deepEqual(verdict.outOfOrder, []);
  });

  it('doubles an answer only when the kill came between the send and its record', async () => {
    const mayComeAgain = (id: string): number => kills.filter(({ unrecorded }) => unrecorded.has(id)).length;
    assert.deepEqual(
      verdict.doubled.filter(({ eventId, answers }) => answers.length > 1 + mayComeAgain(eventId)),
      [],
    );
    // Or the records lie somewhere else, and everything would be explained.
    const answered = repliesOn(house.portal).map(({ eventId }) => eventId);
    assert.deepEqual([...(await withoutRecord(redis, answered))], []);
  });

  it('gives up none, and leaves nothing of them in Redis but what is to be remembered', async () => {
    assert.deepEqual(await redis.keys('{bitbot}:~:dead:*'), []);
    const patterns = await keyPatterns(redis);
    assert.deepEqual(
      [...patterns.keys()].filter((pattern) => !keptPatterns.some((kept) => kept.test(pattern))),
      [],
    );
  });
});

import assert from 'node:assert/strict';
import type { RedisStore } from '../../../lib/store/redis/redis-store';
import { until } from '../../support/until';
import { useRedis } from './redis-bench';

describe('whether all who share a Redis have moved what waited with them', () => {
  const redis = useRedis();
  const stop = new AbortController().signal;
  /** Whoever opens with this gives signs of life by asking alone. */
  const seldomMs = 3_600_000;

  let passed = 0;
  beforeEach(() => {
    passed = 0;
  });
  const open = (beatMs = 20): Promise<RedisStore> =>
    redis.open({
      ...{ beatMs, monotonic: () => performance.now() + passed },
    });
  /** Until each has said that it is there. */
  const there = (...stores: RedisStore[]): Promise<void> =>
    until(async () => (await redis.client().hlen('{bitbot}:~:beats')) === stores.length, 'all to be there');
  const moved = ({ allMoved }: RedisStore, leastMs = 0, signal = stop): Promise<void> =>
    allMoved ? allMoved(leastMs, signal) : assert.fail();
  const answers = (): Promise<Record<string, string>> => redis.client().hgetall('{bitbot}:~:moved');

  /** Until it has asked several times, or has heard of the question as often and kept silent. */
  async function untilHeard(of: RedisStore): Promise<void> {
    const beats = async (): Promise<number> =>
      Number(await redis.client().hget('{bitbot}:~:beats', of.instance));
    const before = await beats();
    await until(async () => (await beats()) >= before + 3, 'signs of life');
  }

  it('is so when the only one has nothing', async () => {
    await moved(await open());
  });

  it('is so only when the slowest has nothing any more, be it the one that asks', async () => {
    const [one, two] = [await open(seldomMs), await open()];
    await there(one, two);
    for (const slow of [one, two]) {
      let isHolding = true;
      let isOver = false;
      const letGo = slow.holdsBack?.(() => isHolding);
      const asking = moved(one).then(() => (isOver = true));
      await Promise.all([untilHeard(one), untilHeard(two)]);
      assert.equal(isOver, false);
      isHolding = false;
      await asking;
      letGo?.();
    }
  });

  it('is asked anew each time: an earlier answer does not count', async () => {
    const [one, two] = [await open(seldomMs), await open()];
    await there(one, two);
    await moved(one);
    let isOver = false;
    const letGo = two.holdsBack?.(() => true);
    const asking = moved(one).then(() => (isOver = true));
    await Promise.all([untilHeard(one), untilHeard(two)]);
    assert.equal(isOver, false);
    letGo?.();
    await asking;
  });

  it('is not asked of one that has gone, whose answers are forgotten', async () => {
    const [one, two] = [await open(seldomMs), await open()];
    await there(one, two);
    two.holdsBack?.(() => true);
    const asking = moved(one);
    await untilHeard(two);
    await two.close();
    await asking;
    assert.deepEqual(Object.keys(await answers()).toSorted(), [one.instance, 'question'].toSorted());
    await one.close();
    assert.deepEqual(Object.keys(await answers()), ['question']);
  });

  it('is not asked of one that has been silent for too long, but of those that are slow', async () => {
    const [one, dead, slow] = [await open(seldomMs), await open(seldomMs), await open()];
    await there(one, dead, slow);
    let isHolding = true;
    slow.holdsBack?.(() => isHolding);
    let isOver = false;
    const asking = moved(one).then(() => (isOver = true));
    // Each of these seconds has signs of the slow one in it, as seen by whoever asks.
    for (let seconds = 0; seconds < 8; seconds += 1) {
      await untilHeard(slow);
      passed += 1000;
    }
    await Promise.all([untilHeard(one), untilHeard(slow)]);
    assert.equal(isOver, false);
    isHolding = false;
    await asking;
    assert.equal((await answers())[dead.instance], '0');
  });

  it('is not asked of an older version, which cannot answer', async () => {
    const one = await open();
    await redis.client().hincrby('{bitbot}:~:beats', 'older', 1);
    await moved(one);
  });

  it('is asked of all that ask, on a server that has come back empty', async () => {
    const [one, two] = [await open(seldomMs), await open(seldomMs)];
    await there(one, two);
    await redis.client().flushall();
    let isHolding = true;
    two.holdsBack?.(() => isHolding);
    const others = moved(two);
    await there(two);
    let isOver = false;
    const asking = moved(one).then(() => (isOver = true));
    await Promise.all([untilHeard(one), untilHeard(two)]);
    assert.equal(isOver, false);
    isHolding = false;
    await Promise.all([asking, others]);
  });

  it('is not found out any more when the store is closed', async () => {
    const one = await open();
    one.holdsBack?.(() => true);
    const asking = moved(one);
    await untilHeard(one);
    const refused = assert.rejects(asking, { code: 'CANCELLED' });
    await one.close();
    await refused;
  });

  it('goes by a server whose clock is behind that of the one before it', async () => {
    const [one, two] = [await open(seldomMs), await open()];
    await there(one, two);
    const later = String(Date.now() + 3_600_000);
    await redis
      .client()
      .hset('{bitbot}:~:moved', { question: later, [one.instance]: later, [two.instance]: later });
    let isHolding = true;
    let isOver = false;
    two.holdsBack?.(() => isHolding);
    const asking = moved(one).then(() => (isOver = true));
    await Promise.all([untilHeard(one), untilHeard(two)]);
    assert.equal(isOver, false);
    isHolding = false;
    await asking;
  });

  it('is found out by several at once, and on a server that has come back empty', async () => {
    const [one, two] = [await open(seldomMs), await open()];
    await there(one, two);
    let isHolding = true;
    two.holdsBack?.(() => isHolding);
    // Before that time nobody takes one that has not come back yet for gone.
    const leastMs = 3_600_000;
    const asking = Promise.all([moved(one, leastMs), moved(two, leastMs)]);
    await untilHeard(two);
    await redis.client().flushall();
    await there(one, two);
    await Promise.all([untilHeard(one), untilHeard(two)]);
    isHolding = false;
    passed += leastMs;
    await asking;
  });

  it('is not waited for any more once that is called off', async () => {
    const one = await open();
    one.holdsBack?.(() => true);
    const stopping = new AbortController();
    const asking = moved(one, 0, stopping.signal);
    stopping.abort();
    await assert.rejects(asking);
  });
});

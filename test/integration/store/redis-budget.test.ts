import assert from 'node:assert/strict';
import type { BudgetGrant, BudgetReport, SharedBudget } from '../../../lib/store/shared-budget';
import { until } from '../../support/until';
import { useRedis } from './redis-bench';

/** Nothing of it runs out while a machine stands still: a turn takes more than eight minutes. */
const perSecond = 0.002;
const plain: BudgetReport = {
  ...{ perSecond, bucket: 50, usable: 45, need: 0, spare: 0 },
  ...{ back: 0, taken: 0, accepted: 0, era: 0, least: 0, refusal: undefined },
};

describe('a budget in Redis', () => {
  const redis = useRedis();
  let now = 0;
  /**
   * Stands still but for what a test adds to it, and for the moment until the server looks at its own; the hour keeps
   * it ahead of the real one.
   */
  const shiftMs = (): number => now + 3_600_000 - (Date.now() - startedAt);
  const startedAt = Date.now();
  beforeEach(() => (now = 0));

  const open = async (): Promise<SharedBudget> => (await redis.open({ shiftMs })).budget;
  const take = (budget: SharedBudget, wish: Partial<BudgetReport>): Promise<BudgetGrant> =>
    budget.settle('portal', { ...plain, ...wish });

  it('gives all together what the bucket has room for, then what runs out', async () => {
    const [one, two] = [await open(), await open()];
    const got = [await take(one, { need: 30 }), await take(two, { need: 30 }), await take(one, { need: 5 })];
    assert.deepEqual(
      got.map(({ granted }) => granted),
      [30, 15, 0],
    );
    const { waitMs = 0 } = got[2] ?? {};
    assert.ok(waitMs > 400_000 && waitMs <= 500_000, String(waitMs));
    now += 1_200_000;
    assert.equal((await take(two, { need: 5 })).granted, 2);
  });

  it('takes back what was not used, and gives spare turns only while there is plenty', async () => {
    const budget = await open();
    assert.equal((await take(budget, { need: 1, spare: 4 })).granted, 5);
    const { level } = await take(budget, { back: 4 });
    assert.ok(level > 0.9 && level <= 1, String(level));
    await take(budget, { need: 25 });
    assert.equal((await take(budget, { need: 1, spare: 4 })).granted, 1);
  });

  it('keeps each bucket apart', async () => {
    const budget = await open();
    await take(budget, { need: 45 });
    assert.equal((await budget.settle('other', { ...plain, need: 1 })).granted, 1);
  });

  it('lets nobody in after a refusal, longer with each, and slower for a while', async () => {
    const [one, two] = [await open(), await open()];
    const { era } = await take(one, { need: 2 });
    const refusal = { era, retryAfterMs: undefined, chance: 0.5 };
    const refused = await take(one, { refusal });
    assert.equal(refused.era, era + 1);
    assert.equal(refused.level, 50);
    assert.equal(refused.waitMs, 1000);
    assert.equal((await take(two, { need: 1 })).granted, 0);
    // The second turn of the same era tells nothing new.
    assert.equal((await take(one, { refusal })).era, era + 1);
    now += 60_000_000;
    const again = await take(two, { need: 1 });
    assert.equal(again.granted, 1);
    assert.equal((await take(two, { refusal: { ...refusal, era: again.era } })).waitMs, 2000);
    assert.equal((await take(one, { need: 1 })).granted, 0);
    now += 5_000_000;
    const slow = await take(one, { need: 1 });
    assert.equal(slow.granted, 1);
    assert.ok(slow.level > 50 - 0.9 * 5000 * perSecond + 1, 'it drains slower than the portal says');
  });

  it('becomes faster again when enough were accepted', async () => {
    const budget = await open();
    const { era } = await take(budget, { need: 1 });
    await take(budget, { refusal: { era, retryAfterMs: 0, chance: 0.5 } });
    const paceNow = async (): Promise<number> =>
      Number(await redis.client().hget('{bitbot}:~:budget:portal', 'pace'));
    const slow = await paceNow();
    await take(budget, { accepted: 19, era: era + 1 });
    assert.equal(await paceNow(), slow);
    await take(budget, { accepted: 30, era });
    assert.equal(await paceNow(), slow, 'those of an earlier era do not count');
    await take(budget, { accepted: 1, era: era + 1 });
    assert.ok((await paceNow()) > slow);
  });

  it('has all wait as long as the refusal says, but not for ever', async () => {
    const [one, two] = [await open(), await open()];
    const { era } = await take(one, { need: 1 });
    const waitOf = async (retryAfterMs: number): Promise<number> => {
      const told = await take(one, { refusal: { era, retryAfterMs, chance: 0.5 } });
      const { waitMs } = await take(two, { need: 1 });
      assert.ok(Math.abs(waitMs - told.waitMs) < told.waitMs / 2, `${waitMs} of ${told.waitMs}`);
      return told.waitMs;
    };
    assert.equal(await waitOf(300_000), 300_000);
    assert.equal(await waitOf(10 ** 12), 600_000);
  });

  it('is not stopped by a server whose clock is set back', async () => {
    const budget = await open();
    const usual = { perSecond: 2 };
    const { era } = await take(budget, { ...usual, need: 45 });
    await take(budget, { ...usual, refusal: { era, retryAfterMs: 1000, chance: 0.5 } });
    now -= 3_000_000;
    await take(budget, usual);
    // More than the longest pause, and still less than was set back.
    now += 1_500_000;
    assert.equal((await take(budget, { ...usual, need: 1 })).granted, 1);
  });

  it('believes one that comes back from an outage that the bucket is fuller than it knew', async () => {
    const budget = await open();
    await take(budget, { least: 40 });
    assert.equal((await take(budget, { need: 10 })).granted, 5);
  });

  it('counts what was taken without asking', async () => {
    const budget = await open();
    await take(budget, { need: 20 });
    assert.equal((await take(budget, { taken: 15, need: 20 })).granted, 10);
  });

  it('tells how many have the store open', async () => {
    const [one, two] = [await open(), await redis.open({ shiftMs })];
    const sharers = async (): Promise<number> => (await take(one, {})).sharers;
    await until(async () => (await sharers()) === 2, 'both to be counted');
    await two.close();
    assert.equal(await sharers(), 1);
  });

  it('is forgotten when nobody uses it', async () => {
    const budget = await open();
    await take(budget, { perSecond: 2, need: 1 });
    const left = await redis.client().pttl('{bitbot}:~:budget:portal');
    assert.ok(left > 0 && left < 11 * 60_000, String(left));
  });
});

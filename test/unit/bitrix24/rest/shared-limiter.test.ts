import assert from 'node:assert/strict';
import type { Clock } from '../../../../lib/core/clock';
import { createLimiter, type PortalLimiter, type Turn } from '../../../../lib/bitrix24/rest/limiter';
import { leaseLimiter } from '../../../../lib/bitrix24/rest/limiter-registry';
import type { BudgetGrant, BudgetReport } from '../../../../lib/store/shared-budget';
import { manualClock, type ManualClock } from '../../../support/manual-clock';

const standard = { perSecond: 2, bucket: 50 };

/** The bucket of all, with an answer for everything until a test says otherwise. */
function bucketOfAll(clock: Clock) {
  const heard: BudgetReport[] = [];
  const answers: (Partial<BudgetGrant> | 'away')[] = [];
  let isAway = false;
  let lateMs = 0;
  return {
    heard,
    answers,
    goAway: () => (isAway = true),
    comeBack: () => (isAway = false),
    answerAfter: (ms: number) => (lateMs = ms),
    async settle(report: BudgetReport): Promise<BudgetGrant> {
      heard.push(report);
      const answer = answers.shift() ?? {};
      if (lateMs > 0) await clock.sleep(lateMs);
      if (isAway || answer === 'away') throw new Error('away');
      return { granted: report.need + report.spare, waitMs: 0, era: 1, level: 0, sharers: 1, ...answer };
    },
  };
}

function trial(): {
  clock: ManualClock;
  limiter: PortalLimiter;
  all: ReturnType<typeof bucketOfAll>;
  order: string[];
  queue: (name: string, urgent?: boolean) => void;
  tick: () => Promise<void>;
} {
  const clock = manualClock(1_000_000);
  const all = bucketOfAll(clock);
  const shared = () => all.settle;
  const limiter = createLimiter({ rules: () => standard, clock, random: () => 0, shared });
  const order: string[] = [];
  const queue = (name: string, urgent = false): void => {
    limiter.enter({ urgent }).then(
      () => order.push(name),
      () => order.push(`-${name}`),
    );
  };
  return { clock, limiter, all, order, queue, tick: () => clock.advance(0) };
}

function takeAll(limiter: PortalLimiter): Turn[] {
  const turns: Turn[] = [];
  for (let turn = limiter.tryEnter(); turn; turn = limiter.tryEnter()) turns.push(turn);
  return turns;
}

describe('limiter: a bucket that is shared with other processes', () => {
  it('asks once for several requests, and gives back soon what nobody used', async () => {
    const { clock, limiter, all } = trial();
    assert.equal(limiter.tryEnter(), undefined);
    await limiter.enter();
    assert.equal(limiter.room(), 4);
    assert.ok(limiter.tryEnter());
    assert.equal(all.heard.length, 1);
    assert.deepEqual([all.heard[0]?.need, all.heard[0]?.spare, all.heard[0]?.usable], [1, 4, 45]);
    assert.equal(limiter.isIdle(), false);
    await clock.advance(1000);
    assert.deepEqual([all.heard.length, all.heard[1]?.back, limiter.room()], [2, 3, 0]);
    assert.equal(limiter.isIdle(), true);
    assert.equal(clock.pending(), 0);
  });

  it('waits as long as it is told, with the urgent ones first', async () => {
    const { clock, all, order, queue } = trial();
    all.answers.push({ granted: 0, waitMs: 700 }, { granted: 2, waitMs: 0 }, { granted: 0, waitMs: 500 });
    for (const name of ['1', '2', '3']) queue(name);
    queue('now', true);
    await clock.advance(699);
    assert.deepEqual([order, all.heard.length], [[], 1]);
    await clock.advance(1);
    assert.deepEqual(order, ['now', '1']);
    await clock.advance(500);
    assert.deepEqual(order, ['now', '1', '2', '3']);
  });

  it('tells the others of a refusal at once, and keeps no turn of before', async () => {
    const { clock, limiter, all, order, queue } = trial();
    const turn = await limiter.enter();
    assert.equal(limiter.room(), 4);
    turn.refused(3000);
    assert.equal(limiter.room(), 0);
    await clock.advance(0);
    assert.deepEqual(all.heard[1]?.refusal, { era: 1, retryAfterMs: 3000, chance: 0 });
    queue('next');
    await clock.advance(2999);
    assert.deepEqual([order, all.heard.length], [[], 2]);
    await clock.advance(1);
    assert.deepEqual(order, ['next']);
  });

  it('tells with the next question how many were accepted', async () => {
    const { limiter, all } = trial();
    (await limiter.enter()).accepted();
    for (const turn of takeAll(limiter)) turn.accepted();
    await limiter.enter();
    assert.deepEqual(
      all.heard.map(({ accepted }) => accepted),
      [0, 5],
    );
  });

  it('hands on a turn that was not used', async () => {
    const { limiter, all, order, queue, tick } = trial();
    const turn = await limiter.enter();
    takeAll(limiter);
    all.answers.push({ granted: 0, waitMs: 60_000 });
    queue('next');
    await tick();
    turn.giveBack();
    await tick();
    assert.deepEqual(order, ['next']);
  });

  it('goes on alone at half the pace while the others cannot be asked, and tells them how full it is', async () => {
    const { clock, limiter, all, order, queue, tick } = trial();
    all.goAway();
    queue('first');
    await tick();
    assert.deepEqual(order, ['first']);
    assert.equal(takeAll(limiter).length, 21);
    for (let n = 1; n <= 6; n += 1) queue(String(n));
    await clock.advance(4400);
    assert.deepEqual(order, ['first', '1', '2', '3', '4']);
    all.comeBack();
    await clock.advance(1000);
    const told = all.heard.findLast(({ least }) => least > 0);
    assert.ok(told && told.least > 21 && told.least <= 22.5, String(told?.least));
    assert.deepEqual(order, ['first', '1', '2', '3', '4', '5', '6']);
    assert.ok(limiter.room() > 0);
  });

  it('runs out at its share of the pace from where the bucket was when the others went away', async () => {
    const { clock, all, order, queue, tick } = trial();
    all.answers.push({ granted: 1, level: 45 });
    queue('0');
    await tick();
    all.goAway();
    for (let n = 1; n <= 3; n += 1) queue(String(n));
    await tick();
    assert.deepEqual(order, ['0']);
    await clock.advance(2001);
    assert.deepEqual(order, ['0', '1', '2']);
  });

  it('leaves the others their part, however many they were when it last heard of them', async () => {
    for (const [sharers, part] of [
      [1, 22],
      [5, 9],
      [200, 1],
    ] as const) {
      const { clock, limiter, all, order, queue, tick } = trial();
      all.answers.push({ granted: 1, sharers });
      await limiter.enter();
      all.goAway();
      queue('first');
      await tick();
      assert.deepEqual([order, takeAll(limiter).length], [['first'], part - 1]);
      queue('next');
      await clock.advance(120_000);
      assert.deepEqual(order, ['first', 'next']);
    }
  });

  it('tells the others what it has taken without them, but not what has run out since', async () => {
    const { clock, limiter, all, order, queue, tick } = trial();
    all.goAway();
    queue('first');
    await tick();
    const turns = takeAll(limiter).slice(0, 9);
    assert.equal(turns.length, 9);
    for (const turn of turns) turn.giveBack();
    all.comeBack();
    await clock.advance(1000);
    await limiter.enter();
    await tick();
    assert.equal(all.heard.at(-1)?.taken, 22 - 9 + 1 - 1);
    all.goAway();
    const waiting = limiter.enter();
    takeAll(limiter);
    await tick();
    (await waiting).accepted();
    all.comeBack();
    await clock.advance(120_000);
    await limiter.enter();
    await tick();
    assert.equal(all.heard.at(-1)?.taken, 1);
    assert.deepEqual(order, ['first']);
  });

  it('is held up only once by a store that answers late, and gives back what came too late', async () => {
    const { clock, limiter, all, order, queue, tick } = trial();
    all.answerAfter(800);
    queue('first');
    await clock.advance(249);
    assert.deepEqual(order, []);
    await clock.advance(1);
    assert.deepEqual(order, ['first']);
    await clock.advance(550);
    assert.deepEqual([all.heard.length, all.heard[1]?.back], [2, 5]);
    assert.ok((all.heard[1]?.taken ?? 0) > 0.4, 'and tells of the turn that it took instead');
    for (const name of ['second', 'third', 'fourth']) {
      await clock.advance(1200);
      queue(name);
      await tick();
      assert.equal(order.at(-1), name);
    }
    const asked = all.heard.length;
    assert.ok(asked >= 3, 'it goes on trying');
    all.answerAfter(0);
    await clock.advance(1200);
    assert.ok(limiter.tryEnter());
    await tick();
    assert.equal(limiter.room(), 0);
    await limiter.enter();
    assert.deepEqual([all.heard.length, all.heard.at(-1)?.need, limiter.room()], [asked + 2, 1, 4]);
  });

  it('is asked for nothing by one that gave up, and its turns go back', async () => {
    const { clock, limiter, all } = trial();
    all.answers.push({ granted: 0, waitMs: 5000 });
    const stop = new AbortController();
    const left = assert.rejects(limiter.enter({ signal: stop.signal }));
    await clock.advance(100);
    stop.abort();
    await left;
    await clock.advance(10_000);
    assert.deepEqual([all.heard.length, clock.pending()], [1, 0]);
  });
});

describe('limiter registry: a budget that is shared with other processes', () => {
  it('counts for all who call the portal, from when one of them has it until it is gone', async () => {
    const clock = manualClock(1_000_000);
    const names: string[] = [];
    const all = bucketOfAll(clock);
    const budget = {
      settle: (name: string, report: BudgetReport) => {
        names.push(name);
        return all.settle(report);
      },
    };
    const plain = leaseLimiter('http://127.0.0.1:4', { plan: 'standard', clock });
    assert.equal(plain.limiter.room(), 45);
    const sharing = leaseLimiter('http://127.0.0.1:4', { plan: 'standard', clock, budget });
    assert.equal(sharing.limiter, plain.limiter);
    assert.equal(plain.limiter.room(), 0);
    await plain.limiter.enter();
    assert.deepEqual(names, ['http://127.0.0.1:4']);
    sharing.release();
    assert.equal(plain.limiter.room(), 45);
    plain.release();
    await clock.advance(60_000);
  });
});

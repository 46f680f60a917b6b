import assert from 'node:assert/strict';
import type { BucketRules } from '../../../lib/bitrix24/rest/bucket';
import { wrapped, type Caller } from '../../../lib/bitrix24/rest/call';
import { createLimiter } from '../../../lib/bitrix24/rest/limiter';
import { takeTurn, waitOutRateLimit } from '../../../lib/bitrix24/rest/policies';
import { postTo } from '../../../lib/bitrix24/rest/post';
import { webhookCredential } from '../../../lib/bitrix24/rest/webhook-credential';
import type { BudgetReport, SharedBudget } from '../../../lib/store/shared-budget';
import type { Portal } from '../../../sandbox/bitrix24';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { useRedis } from '../store/redis-bench';
import { restBench } from './support';

const standard = { perSecond: 2, bucket: 50 };
/** Redis looks at its clock a moment after a process has asked it: nothing runs out in that moment, however long. */
const slow = { ...standard, perSecond: 0.2 };

describe('three Node-RED with one address (bitrix24-rest 7.1)', function () {
  const redis = useRedis();
  const bench = restBench();
  let clock: ManualClock;
  let underWay = 0;
  beforeEach(() => {
    clock = manualClock(Date.now());
    underWay = 0;
  });
  /** The server goes by the same clock as the portal and the three. */
  const shiftMs = (): number => clock.now() - Date.now();

  async function noted<T>(work: Promise<T>): Promise<T> {
    underWay += 1;
    return work.finally(() => (underWay -= 1));
  }

  /** Time passes only while nothing is on its way, so a busy machine changes nothing. */
  async function pass(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      await until(() => underWay === 0, 'what is on its way');
      await clock.advance(200);
    }
  }

  async function finished(work: Promise<unknown>): Promise<void> {
    let isDone = false;
    const ending = work.finally(() => (isDone = true));
    await Promise.all([ending, pass(() => isDone)]);
  }

  /** What one process does to its calls; each has a limiter of its own, as it would in its own process. */
  function instance(portal: Portal, budget: SharedBudget | undefined, rules: BucketRules): Caller {
    const bucket = (report: BudgetReport) =>
      noted(budget ? budget.settle(portal.origin, report) : Promise.reject(new Error('none')));
    const shared = budget && { shared: () => bucket };
    const limiter = createLimiter({ rules: () => rules, clock, ...shared });
    const post = postTo(webhookCredential(new URL(portal.webhookUrl)), bench.http(), clock);
    return wrapped((call) => noted(post(call)), [waitOutRateLimit(), takeTurn(() => limiter)]);
  }

  async function three(portal: Portal, isShared: boolean, rules = standard): Promise<Caller[]> {
    const instances: Caller[] = [];
    for (let n = 0; n < 3; n += 1) {
      const budget = isShared ? (await redis.open({ shiftMs })).budget : undefined;
      instances.push(instance(portal, budget, rules));
    }
    return instances;
  }

  async function untilThreeAreThere(): Promise<void> {
    await until(async () => (await redis.client().hlen('{bitbot}:~:beats')) >= 3, 'the three');
  }

  function callAll(instances: readonly Caller[], count: number): Promise<unknown> {
    const call = { method: 'profile', params: {}, idempotent: true };
    const make = (one: Caller): Promise<unknown> => one({ ...call, signal: new AbortController().signal });
    return Promise.all(instances.flatMap((one) => Array.from({ length: count }, () => make(one))));
  }

  const refusals = (portal: Portal): number => portal.calls.filter(({ error }) => error !== undefined).length;
  const answered = (portal: Portal): number => portal.calls.filter(({ status }) => status === 200).length;

  it('are never refused when they share what the portal allows', async () => {
    const portal = await bench.portal({ clock, limits: slow });
    const startedAt = clock.now();
    await finished(callAll(await three(portal, true, slow), 100));
    assert.deepEqual([answered(portal), refusals(portal)], [300, 0]);
    const atBestMs = ((300 - slow.bucket) / slow.perSecond) * 1000;
    assert.ok(clock.now() - startedAt < atBestMs * 1.1, 'and nothing of it is left unused');
  });

  it('are refused when each reckons for itself', async () => {
    const portal = await bench.portal({ clock });
    await finished(callAll(await three(portal, false), 100));
    assert.equal(answered(portal), 300);
    assert.ok(refusals(portal) > 0);
  });

  it('go on when Redis dies in the middle, and share again when it is back', async () => {
    const portal = await bench.portal({ clock });
    const instances = await three(portal, true);
    const calls = callAll(instances, 40);
    await pass(() => answered(portal) > 60);
    await redis.server().kill9();
    await pass(() => answered(portal) > 90);
    await redis.server().restart();
    await finished(calls);
    assert.equal(answered(portal), 120);
    const shared = (): Promise<number> => redis.client().exists(`{bitbot}:~:budget:${portal.origin}`);
    while ((await shared()) === 0) await finished(callAll(instances, 1));
  });

  it('are not refused while Redis is away, as each leaves the others their part', async () => {
    const portal = await bench.portal({ clock });
    const instances = await three(portal, true);
    await untilThreeAreThere();
    await finished(callAll(instances, 1));
    await redis.server().kill9();
    await finished(callAll(instances, 40));
    assert.deepEqual([answered(portal), refusals(portal)], [123, 0]);
    await redis.server().restart();
  });

  it('all pause when one is refused', async () => {
    const portal = await bench.portal({ limits: 'off', clock });
    const [one, two] = await three(portal, true);
    assert.ok(one && two);
    const fault = { status: 503, error: 'QUERY_LIMIT_EXCEEDED', headers: { 'Retry-After': '300' } };
    portal.failNext({ with: fault });
    const first = callAll([one], 1);
    await until(() => portal.httpRequests === 1 && underWay === 0, 'the refusal and what is told of it');
    const refusedAt = clock.now();
    await finished(callAll([two], 1));
    assert.ok(clock.now() - refusedAt >= 200_000, 'the other one waits as well');
    await finished(first);
    assert.equal(answered(portal), 2);
  });
});

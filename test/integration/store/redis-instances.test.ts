import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import { createMetrics } from '../../../lib/core/metrics';
import { packMetricTable } from '../../../lib/core/metric-table';
import { createInstances, type Instances } from '../../../nodes/runtime/overview/instances';
import { createOverview } from '../../../nodes/runtime/overview/overview';
import { createMetricsPage } from '../../../nodes/runtime/overview/shared-metrics';
import { packRedactor } from '../../../nodes/runtime/redactor';
import type { RedisStore } from '../../../lib/store/redis/redis-store';
import { madeUpPortal, madeUpReader, madeUpStore } from '../../support/made-up-parts';
import { manualClock } from '../../support/manual-clock';
import { assertPrometheusText } from '../../support/prometheus-text';
import { until } from '../../support/until';
import { ageKeys, useRedis } from './redis-bench';

const own = '{bitbot}:~:instance';

describe('what open stores tell of themselves in Redis', () => {
  const redis = useRedis();
  const marker = 'marker-of-redis-instances';

  const summariesIn = async (store: RedisStore): Promise<unknown[]> =>
    (await store.instances?.list())?.map(({ summary }) => at(summary, 'name')).sort() ?? [];

  it('is seen by all, replaced by what is told later, and gone when its store is closed', async () => {
    const [one, two, three] = [await redis.open(), await redis.open(), await redis.open()];
    await one.instances?.tell({ name: 'one' });
    await two.instances?.tell({ name: 'two' });
    await three.instances?.tell({ name: 'three' });
    assert.deepEqual(await summariesIn(one), ['one', 'three', 'two']);
    await two.instances?.tell({ name: 'two again' });
    assert.deepEqual(await summariesIn(three), ['one', 'three', 'two again']);
    await three.close();
    assert.deepEqual(await summariesIn(one), ['one', 'two again']);
    assert.equal(await redis.client().exists(`${own}:${three.instance}`), 0);
    await one.close();
    await two.close();
    assert.deepEqual(await redis.client().keys(`${own}*`), []);
  });

  it('grows old by the clock of the server, and is gone after thirty seconds', async () => {
    const [one, two] = [await redis.open(), await redis.open()];
    const startedAt = performance.now();
    /** The server's clock goes on; both are read in whole milliseconds. */
    const atMostPassed = (): number => performance.now() - startedAt + 2;
    await one.instances?.tell({ name: 'one' });
    const left = await redis.client().pttl(`${own}:${one.instance}`);
    assert.ok(left >= 30_000 - atMostPassed() && left <= 30_000, `ttl is ${left}`);
    await ageKeys(redis.client(), 2000);
    const [told] = (await two.instances?.list()) ?? [];
    assert.ok(told && told.ageMs >= 2000 && told.ageMs <= 2000 + atMostPassed(), `age is ${told?.ageMs}`);
    await ageKeys(redis.client(), 28_000);
    assert.deepEqual(await summariesIn(two), []);
    // Nothing is left of one that died.
    assert.equal(await redis.client().exists(`${own}s`), 0);
    await one.instances?.tell({ name: 'one' });
    assert.deepEqual(await summariesIn(two), ['one']);
  });

  it('belongs to those with the same key prefix alone', async () => {
    const [one, other] = [await redis.open(), await redis.open({ keyPrefix: 'shop' })];
    await one.instances?.tell({ name: 'one' });
    assert.deepEqual(await summariesIn(other), []);
  });

  it('is passed over when somebody else has written it', async () => {
    const one = await redis.open();
    await one.instances?.tell({ name: 'one' });
    await redis.client().set(`${own}:x`, 'no JSON', 'PX', 30_000);
    await redis.client().sadd(`${own}s`, 'x');
    assert.deepEqual(await summariesIn(one), ['one']);
  });

  describe('by processes', () => {
    interface Process {
      instances: Instances;
      store: RedisStore;
      page(): Promise<string>;
    }

    async function start(name: string): Promise<Process> {
      const store = await redis.open();
      const clock = manualClock(5000);
      const overview = createOverview(clock);
      const metrics = createMetrics(packMetricTable);
      const { instances: board } = store;
      const view = madeUpStore({ isShared: true });
      overview.add('store', async () => ({ ...view, deadLetters: (await store.stats()).dead }), {
        ...{ brief: () => view, board: () => board },
      });
      overview.add('portal', () => madeUpPortal({ name: `Shop ${marker}` }));
      const reader = madeUpReader({ running: 1, waiting: 5, isShared: true });
      overview.add('reader', () => reader, { brief: () => reader });
      metrics.count('bitlane_events_received_total', {}, name.length);
      overview.noteError({ nodeId: 'n1', nodeType: 'bitrix-in', code: 'INTERNAL', message: marker, at: 1 });
      const versions = { pack: '1.0.0', nodeRed: '4.1.1', node: '20.19.0' };
      const identity = { id: `process-${name}`, name, startedAt: 1000, ...versions };
      const instances = createInstances({ overview, metrics, identity, clock });
      const metricsPage = createMetricsPage(metrics);
      return {
        instances,
        store,
        page: async () => metricsPage(await overview.read(), await instances.look()),
      };
    }

    const namesSeenBy = async ({ instances }: Process): Promise<string[]> =>
      (await instances.look())?.map(({ name, isSilent }) => (isSilent ? `${name} (silent)` : name)) ?? [];

    it('gives whichever is asked the metrics of all, without one that is silent', async () => {
      packRedactor.learn(marker);
      const [one, two, three] = [await start('one'), await start('two'), await start('three')];
      for (const { instances } of [one, two, three]) await instances.tell();
      const pages = await Promise.all([one.page(), two.page(), three.page()]);
      for (const text of pages) {
        assertPrometheusText(text);
        assert.match(text, /^bitlane_events_received_total\{instance="one"\} 3$/m);
        assert.match(text, /^bitlane_events_received_total\{instance="three"\} 5$/m);
        assert.match(text, /^bitlane_events_waiting\{node="r1"\} 5$/m);
        assert.match(text, /^bitlane_dead_letters\{store="s1"\} 0$/m);
      }
      await ageKeys(redis.client(), 16_000);
      await one.instances.tell();
      await two.instances.tell();
      assert.deepEqual(await namesSeenBy(one), ['one', 'three (silent)', 'two']);
      assert.doesNotMatch(await one.page(), /instance="three"/);
      await ageKeys(redis.client(), 14_500);
      // By now these two may have been silent for too long as well, on a machine that stood still.
      await one.instances.tell();
      await two.instances.tell();
      assert.deepEqual(await namesSeenBy(one), ['one', 'two']);
      const raw = await Promise.all(
        (await redis.client().keys(`${own}:*`)).map((key) => redis.client().get(key)),
      );
      assert.ok(raw.length > 0);
      assert.doesNotMatch(raw.join(), /marker-of/);
    });

    it('goes on by itself after Redis was away, and meanwhile tells of itself alone', async () => {
      const [one, two] = [await start('one'), await start('two')];
      await two.instances.tell();
      assert.deepEqual(await namesSeenBy(one), ['one', 'two']);
      assert.match(await one.page(), /instance="two"/);
      await redis.server().kill9();
      await one.instances.tell();
      assert.deepEqual(await namesSeenBy(one), ['one']);
      assert.match(await one.page(), /instance="one"/);
      await redis.server().restart();
      await until(async () => {
        await two.store.flush();
        await two.instances.tell();
        return (await namesSeenBy(one)).length === 2;
      }, 'both to see each other again');
    });
  });
});

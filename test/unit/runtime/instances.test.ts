import assert from 'node:assert/strict';
import { createMetrics, type Metrics } from '../../../lib/core/metrics';
import { packMetricTable, type PackMetricTable } from '../../../lib/core/metric-table';
import type { InstanceBoard } from '../../../lib/store/instances';
import { createInstances, type Instances } from '../../../nodes/runtime/overview/instances';
import { instancesView } from '../../../nodes/runtime/overview/instance-view';
import { readSummary, type InstanceIdentity } from '../../../nodes/runtime/overview/instance-summary';
import { createOverview, type Overview } from '../../../nodes/runtime/overview/overview';
import { createMetricsPage } from '../../../nodes/runtime/overview/shared-metrics';
import { packRedactor } from '../../../nodes/runtime/redactor';
import { createMadeUpBoard, type MadeUpBoard } from '../../support/made-up-boards';
import { madeUpBot, madeUpPortal, madeUpReader, madeUpStore } from '../../support/made-up-parts';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { assertPrometheusText } from '../../support/prometheus-text';

interface Process {
  overview: Overview;
  metrics: Metrics<PackMetricTable>;
  instances: Instances;
}

const identity: InstanceIdentity = {
  ...{ id: 'p-one', name: 'one:1880', pack: '1.0.0', nodeRed: '4.1.1', node: '20.19.0', startedAt: 1000 },
};

describe('processes that share a store', () => {
  let clock: ManualClock;
  let board: MadeUpBoard;

  beforeEach(() => {
    clock = manualClock(5000);
    board = createMadeUpBoard();
  });

  function start(changes: Partial<InstanceIdentity> = {}, own?: InstanceBoard): Process {
    const overview = createOverview(clock);
    const metrics = createMetrics(packMetricTable);
    const who = { ...identity, ...changes };
    const shared = own ?? board.of(who.id);
    const store = madeUpStore({ isShared: true, deadLetters: 3 });
    overview.add('store', () => store, { id: 's1', brief: () => store, board: () => shared });
    return { overview, metrics, instances: createInstances({ overview, metrics, identity: who, clock }) };
  }

  /** As the panel gets it. */
  async function view({ overview, instances }: Process): Promise<ReturnType<typeof instancesView>> {
    return instancesView((await instances.look()) ?? [], await overview.read());
  }
  const page = async ({ overview, metrics, instances }: Process): Promise<string> =>
    createMetricsPage(metrics)(await overview.read(), await instances.look());

  it('are none where no store can be shared, and nothing is told', async () => {
    const overview = createOverview(clock);
    const metrics = createMetrics(packMetricTable);
    const instances = createInstances({ overview, metrics, identity, clock });
    overview.add('store', () => madeUpStore());
    await instances.tell();
    assert.equal(await instances.look(), undefined);
    assert.equal(createMetricsPage(metrics)(await overview.read(), undefined), metrics.render());
  });

  it('are told every five seconds, and see each other', async () => {
    const one = start();
    const two = start({ id: 'p-two', name: 'two:1880' });
    two.overview.add('portal', () => madeUpPortal());
    two.overview.add('bot', () => madeUpBot());
    const reader = madeUpReader({ running: 2 });
    two.overview.add('reader', () => madeUpReader(), { brief: () => reader });
    two.metrics.count('bitlane_retries_total', {}, 4);
    const error = { nodeId: 'n1', nodeType: 'bitrix-in', code: 'DIFY_AUTH', message: 'no', at: 7 };
    two.overview.noteError({ ...error, nodeName: 'Questions' });
    two.overview.noteRecovery('n1', { of: 'work' });
    const stop = two.instances.start();
    assert.deepEqual(
      (await one.instances.look())?.map(({ name }) => name),
      ['one:1880'],
    );
    await clock.advance(5000);
    const { list, totals, errors, versions } = await view(one);
    assert.deepEqual(
      list.map(({ name, isSelf, isSilent }) => [name, isSelf, isSilent]),
      [
        ['one:1880', true, false],
        ['two:1880', false, false],
      ],
    );
    const [, row] = list;
    assert.deepEqual(
      [row?.portals, row?.bots, row?.inHand, row?.retries, row?.errors, row?.startedAt, row?.status],
      [['Shop'], ['Helper'], 2, 4, 1, 1000, 'ok'],
    );
    assert.deepEqual(totals, { inHand: 2, retries: 4, errors: 1 });
    assert.deepEqual(
      errors.map(({ code, instance, nodeName, mendedAt }) => [code, instance, nodeName, mendedAt]),
      [['DIFY_AUTH', 'two:1880', 'Questions', 5000]],
    );
    assert.deepEqual(versions, []);
    board.told.delete('p-two');
    await clock.advance(5000);
    assert.ok(board.told.has('p-two'));
    await stop();
    assert.equal(clock.pending(), 0);
  });

  it('add up, and what lies in the store counts once', async () => {
    const [one, two] = [start(), start({ id: 'p-two', name: 'two:1880' })];
    for (const { overview, metrics } of [one, two]) {
      const reader = madeUpReader({ running: 3, waiting: 9, isShared: true });
      overview.add('reader', () => reader, { brief: () => reader });
      metrics.count('bitlane_retries_total', {}, 2);
      const uploads = { id: 'c1', name: '', connectionId: 'e', list: 'l', held: [], count: 4 };
      overview.add('uploads', () => ({ ...uploads, storeId: 's1' }));
      overview.add('uploads', () => ({ ...uploads, storeId: 'a folder' }));
    }
    await two.instances.tell();
    const { totals, shared } = await view(one);
    assert.deepEqual(totals, { inHand: 6, retries: 4, errors: 0 });
    assert.deepEqual(shared, { waiting: 0, deadLetters: 3, heldUploads: 4 });
    const text = await page(one);
    assertPrometheusText(text);
    const lines = text.split('\n');
    for (const line of [
      'bitlane_retries_total{instance="one:1880"} 2',
      'bitlane_retries_total{instance="two:1880"} 2',
      'bitlane_events_running{node="r1",instance="one:1880"} 3',
      'bitlane_events_running{node="r1",instance="two:1880"} 3',
      'bitlane_events_waiting{node="r1"} 9',
      'bitlane_dead_letters{store="s1"} 3',
      'bitlane_store_unavailable{store="s1",instance="one:1880"} 0',
      'bitlane_ack_seconds_count{instance="two:1880"} 0',
    ]) {
      assert.ok(lines.includes(line), line);
    }
    assert.equal(lines.filter((line) => line.startsWith('bitlane_dead_letters{')).length, 1);
    assert.equal(lines.filter((line) => line.startsWith('bitlane_events_waiting{')).length, 1);
  });

  it('keep what belongs to one of them apart: a reader whose store is a folder', async () => {
    const [one, two] = [start(), start({ id: 'p-two', name: 'two:1880' })];
    one.overview.add('reader', () => madeUpReader({ waiting: 9 }));
    await two.instances.tell();
    assert.match(await page(one), /^bitlane_events_waiting\{node="r1",instance="one:1880"\} 9$/m);
  });

  it('are silent after fifteen seconds: still listed, and counted no more', async () => {
    const [one, two] = [start(), start({ id: 'p-two', name: 'two:1880', pack: '0.9.0' })];
    two.metrics.count('bitlane_retries_total', {}, 4);
    await two.instances.tell();
    const told = board.told.get('p-two');
    assert.ok(told);
    told.ageMs = 15_000;
    assert.deepEqual((await view(one)).totals.retries, 4);
    const metricsPage = createMetricsPage(one.metrics);
    const read = async (): Promise<string> =>
      metricsPage(await one.overview.read(), await one.instances.look());
    assert.match(await read(), /instance="two:1880"/);
    told.ageMs = 15_001;
    const { list, totals, versions } = await view(one);
    assert.deepEqual(
      list.map(({ isSilent, ageMs }) => [isSilent, ageMs]),
      [
        [false, 0],
        [true, 15_001],
      ],
    );
    assert.equal(totals.retries, 0);
    assert.deepEqual(versions, []);
    const text = await read();
    assert.doesNotMatch(text, /two:1880/);
    // Its own series go on under the names that they had.
    assert.match(text, /^bitlane_retries_total\{instance="one:1880"\} 0$/m);
    board.told.clear();
    assert.match(await read(), /instance="one:1880"/);
  });

  it('are written as ever for Prometheus while there is but one', async () => {
    const one = start();
    await one.instances.tell();
    assert.equal(await page(one), one.metrics.render());
    assert.doesNotMatch(await page(one), /instance=/);
  });

  it('of several versions are told', async () => {
    const [one, two] = [start(), start({ id: 'p-two', name: 'two:1880', pack: '0.9.0' })];
    await two.instances.tell();
    assert.deepEqual((await view(one)).versions, ['0.9.0', '1.0.0']);
  });

  it('with the same name are told apart, and the one that started last has it', async () => {
    const [one, two] = [start(), start({ id: 'q-two', startedAt: 900 })];
    await two.instances.tell();
    assert.deepEqual(
      (await one.instances.look())?.map(({ name, isSelf }) => [name, isSelf]),
      [
        ['one:1880', true],
        ['one:1880 #q-tw', false],
      ],
    );
    assertPrometheusText(await page(one));
  });

  it('that share two stores are listed once, as they told last', async () => {
    const other = createMadeUpBoard();
    const one = start();
    one.overview.add('store', () => madeUpStore({ id: 's2' }), { board: () => other });
    const two = start({ id: 'p-two', name: 'two:1880' });
    two.overview.add('store', () => madeUpStore({ id: 's2' }), { board: () => other.of('p-two') });
    await two.instances.tell();
    const told = board.told.get('p-two');
    assert.ok(told);
    told.ageMs = 20_000;
    assert.deepEqual(
      (await one.instances.look())?.map(({ name, ageMs }) => [name, ageMs]),
      [
        ['one:1880', 0],
        ['two:1880', 0],
      ],
    );
  });

  it('are still there for themselves when Redis is away or does not answer', async () => {
    const away: InstanceBoard = {
      tell: () => Promise.reject(new Error('away')),
      list: () => new Promise(() => undefined),
    };
    const one = start({}, away);
    await one.instances.tell();
    const looking = one.instances.look();
    await clock.advance(2000);
    assert.deepEqual(
      (await looking)?.map(({ name }) => name),
      ['one:1880'],
    );
  });

  it('never tell a secret', async () => {
    const marker = 'marker-of-instances-4711';
    packRedactor.learn(marker);
    const one = start({ name: `host-${marker}:1880` });
    const lastError = { code: 'BITRIX_AUTH', message: marker, params: { host: marker } };
    one.overview.add('portal', () => madeUpPortal({ name: marker, domains: [marker], lastError }));
    one.overview.add('portal', () => madeUpPortal({ name: '', domains: [marker] }));
    one.overview.add('bot', () => madeUpBot({ name: marker }));
    const source = { nodeId: 'n1', nodeType: 'bitrix-in', code: 'INTERNAL', at: 1 };
    const url = 'https://a.example/rest/1/topsecretofawebhook/x';
    one.overview.noteError({ ...source, message: `${marker} ${url}`, params: { host: marker } });
    one.metrics.count('bitlane_events_dropped_total', { reason: marker });
    await one.instances.tell();
    const written = JSON.stringify([...board.told.values()]);
    assert.match(written, /INTERNAL/);
    assert.doesNotMatch(written, /marker-of|4711|topsecret/);
  });

  it('tell no more than fits, and read no more than that', async () => {
    const one = start();
    for (let at = 0; at < 60; at += 1) {
      one.overview.add('bot', () => madeUpBot({ name: `${at} ${'long '.repeat(100)}` }));
      const nodeId = `n${at}`;
      one.overview.noteError({ nodeId, nodeType: 'x', code: 'INTERNAL', message: 'm'.repeat(5000), at });
    }
    await one.instances.tell();
    const told = board.told.get('p-one');
    assert.ok(JSON.stringify(told).length < 20_000);
    const endless = { ...identity, name: 'n'.repeat(5000), bots: Array(500).fill('b'.repeat(500)) };
    const read = readSummary(endless);
    assert.equal(read?.name.length, 60);
    assert.deepEqual([read?.bots.length, read?.bots[0]?.length], [20, 60]);
  });

  it('pass over what is no summary', async () => {
    const one = start();
    [undefined, null, 7, 'x', [], {}, { id: 'x' }, { name: 'x' }].forEach((summary, place) =>
      board.told.set(String(place), { summary, ageMs: 0 }),
    );
    const odd = {
      id: 'odd',
      name: 'odd',
      status: 'x',
      errors: [1, {}, { code: 'A' }],
      running: 'x',
      metrics: 7,
    };
    board.told.set('odd', { summary: odd, ageMs: 0 });
    const all = await one.instances.look();
    assert.deepEqual(
      all?.map(({ name, status }) => [name, status]),
      [
        ['odd', 'degraded'],
        ['one:1880', 'ok'],
      ],
    );
    assertPrometheusText(await page(one));
  });
});

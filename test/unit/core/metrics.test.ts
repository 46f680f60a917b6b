import assert from 'node:assert/strict';
import { createMetrics, type MetricTable } from '../../../lib/core/metrics';
import { packMetricTable } from '../../../lib/core/metric-table';

const table = {
  orders_total: { kind: 'counter', help: 'Orders: a \\ and\na line.' },
  drops_total: { kind: 'counter', help: 'Drops.', labels: ['reason', 'node'] },
  depth: { kind: 'gauge', help: 'Depth.', labels: ['node'] },
  wait_seconds: { kind: 'histogram', help: 'Wait.', buckets: [0.1, 1] },
} as const satisfies MetricTable;

/** The lines of one metric. */
function linesOf(text: string, name: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('the metrics', () => {
  it('are written in the text format of Prometheus', () => {
    const metrics = createMetrics(table);
    metrics.count('orders_total');
    metrics.count('orders_total', {}, 2);
    metrics.count('drops_total', { node: 'n1', reason: 'own' });
    metrics.set('depth', 4.5, { node: 'n1' });
    for (const seconds of [0.05, 0.1, 0.5, 7]) metrics.observe('wait_seconds', seconds);
    assert.equal(
      metrics.render(),
      [
        '# HELP orders_total Orders: a \\\\ and\\na line.',
        '# TYPE orders_total counter',
        'orders_total 3',
        '# HELP drops_total Drops.',
        '# TYPE drops_total counter',
        'drops_total{reason="own",node="n1"} 1',
        '# HELP depth Depth.',
        '# TYPE depth gauge',
        'depth{node="n1"} 4.5',
        '# HELP wait_seconds Wait.',
        '# TYPE wait_seconds histogram',
        'wait_seconds_bucket{le="0.1"} 2',
        'wait_seconds_bucket{le="1"} 3',
        'wait_seconds_bucket{le="+Inf"} 4',
        'wait_seconds_sum 7.65',
        'wait_seconds_count 4',
        '',
      ].join('\n'),
    );
  });

  it('have a counter without labels at 0 before anything happened', () => {
    const text = createMetrics(table).render();
    assert.deepEqual(linesOf(text, 'orders_total'), ['orders_total 0']);
    assert.deepEqual(linesOf(text, 'wait_seconds_bucket{le="+Inf"}'), ['wait_seconds_bucket{le="+Inf"} 0']);
    assert.deepEqual(linesOf(text, 'drops_total'), []);
  });

  it('escape what a label holds', () => {
    const metrics = createMetrics(table);
    metrics.count('drops_total', { reason: 'a "b"\\\nc' });
    assert.deepEqual(linesOf(metrics.render(), 'drops_total'), [
      'drops_total{reason="a \\"b\\"\\\\\\nc",node=""} 1',
    ]);
  });

  it('never go down and take no figure that is none', () => {
    const metrics = createMetrics(table);
    metrics.count('orders_total', {}, 5);
    for (const by of [-1, 0, Number.NaN, Infinity]) metrics.count('orders_total', {}, by);
    metrics.observe('wait_seconds', Number.NaN);
    metrics.observe('wait_seconds', -3);
    const text = metrics.render();
    assert.deepEqual(linesOf(text, 'orders_total'), ['orders_total 5']);
    assert.deepEqual(linesOf(text, 'wait_seconds_sum'), ['wait_seconds_sum 0']);
    assert.deepEqual(linesOf(text, 'wait_seconds_count'), ['wait_seconds_count 1']);
  });

  it('write what is beyond all figures in words', () => {
    const metrics = createMetrics(table);
    metrics.set('depth', Infinity, { node: 'a' });
    metrics.set('depth', -Infinity, { node: 'b' });
    metrics.set('depth', Number.NaN, { node: 'c' });
    assert.deepEqual(linesOf(metrics.render(), 'depth'), [
      'depth{node="a"} +Inf',
      'depth{node="b"} -Inf',
      'depth{node="c"} NaN',
    ]);
  });

  it('forget a gauge that is not among the new values', () => {
    const metrics = createMetrics(table);
    metrics.fill('depth', [
      { value: 1, labels: { node: 'old' } },
      { value: 2, labels: { node: 'kept' } },
    ]);
    metrics.fill('depth', [{ value: 3, labels: { node: 'kept' } }]);
    assert.deepEqual(linesOf(metrics.render(), 'depth'), ['depth{node="kept"} 3']);
  });

  it('ask for a computed gauge at each reading, add up, and outlive one that throws', () => {
    const metrics = createMetrics(table);
    let depth = 1;
    const read = (): { value: number; labels: { node: string } }[] => [
      { value: depth, labels: { node: 'n' } },
    ];
    const leave = metrics.computed('depth', read);
    const leaveSame = metrics.computed('depth', read);
    metrics.computed('depth', () => {
      throw new Error('gone');
    });
    assert.deepEqual(linesOf(metrics.render(), 'depth'), ['depth{node="n"} 2']);
    depth = 10;
    leave();
    assert.deepEqual(linesOf(metrics.render(), 'depth'), ['depth{node="n"} 10']);
    leaveSame();
    assert.deepEqual(linesOf(metrics.render(), 'depth'), []);
  });

  it('do not grow with ever new labels, and lose no count', () => {
    const metrics = createMetrics(table);
    for (let at = 0; at < 5000; at += 1) metrics.count('drops_total', { reason: `r${at}` });
    metrics.count('drops_total', { reason: 'r0' });
    const lines = linesOf(metrics.render(), 'drops_total');
    assert.ok(lines.length <= 201, String(lines.length));
    assert.equal(lines[0], 'drops_total{reason="r0",node=""} 2');
    assert.equal(lines.at(-1), 'drops_total{reason="other",node="other"} 4800');
  });

  it('of the pack have names and helps that Prometheus takes', () => {
    for (const [name, { kind, help }] of Object.entries(packMetricTable)) {
      assert.match(name, /^bitlane_[a-z0-9_]+$/);
      assert.match(help, /^[A-Z1].+\.$/);
      assert.equal(name.endsWith('_total'), kind === 'counter', name);
      if (kind === 'histogram') assert.match(name, /_seconds$/);
    }
  });
});

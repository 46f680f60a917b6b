import assert from 'node:assert/strict';
import { renderMetrics } from '../../../lib/core/metric-text';
import { readMetricValues } from '../../../lib/core/metric-values';
import { createMetrics, type Metrics, type MetricTable, type MetricValues } from '../../../lib/core/metrics';
import { assertPrometheusText } from '../../support/prometheus-text';

const table = {
  orders_total: { kind: 'counter', help: 'Orders.' },
  drops_total: { kind: 'counter', help: 'Drops.', labels: ['reason'] },
  wait_seconds: { kind: 'histogram', help: 'Wait.', buckets: [0.1, 1] },
} as const satisfies MetricTable;

/** As they come out of another process. */
const sent = (metrics: Metrics<typeof table>): MetricValues =>
  readMetricValues(table, JSON.parse(JSON.stringify(metrics.values())));

function counted(orders: number, reason: string): Metrics<typeof table> {
  const metrics = createMetrics(table);
  metrics.count('orders_total', {}, orders);
  metrics.count('drops_total', { reason });
  metrics.observe('wait_seconds', 0.5);
  return metrics;
}

describe('the metrics of several processes', () => {
  it('stand together under each name, with a label that tells them apart', () => {
    const text = renderMetrics(table, [
      { values: sent(counted(3, 'own')), labels: { instance: 'one:1880' } },
      { values: sent(counted(4, 'a "b"\\\nc')), labels: { instance: 'two:1880' } },
    ]);
    assertPrometheusText(text);
    assert.equal(
      text,
      [
        '# HELP orders_total Orders.',
        '# TYPE orders_total counter',
        'orders_total{instance="one:1880"} 3',
        'orders_total{instance="two:1880"} 4',
        '# HELP drops_total Drops.',
        '# TYPE drops_total counter',
        'drops_total{reason="own",instance="one:1880"} 1',
        'drops_total{reason="a \\"b\\"\\\\\\nc",instance="two:1880"} 1',
        '# HELP wait_seconds Wait.',
        '# TYPE wait_seconds histogram',
        ...['one', 'two'].flatMap((name) => [
          `wait_seconds_bucket{instance="${name}:1880",le="0.1"} 0`,
          `wait_seconds_bucket{instance="${name}:1880",le="1"} 1`,
          `wait_seconds_bucket{instance="${name}:1880",le="+Inf"} 1`,
          `wait_seconds_sum{instance="${name}:1880"} 0.5`,
          `wait_seconds_count{instance="${name}:1880"} 1`,
        ]),
        '',
      ].join('\n'),
    );
  });

  it('come out of JSON as they went in', () => {
    const metrics = counted(3, 'own');
    assert.deepEqual(sent(metrics), metrics.values());
    assert.equal(renderMetrics(table, [{ values: sent(metrics) }]), metrics.render());
  });

  it('leave out what another version means otherwise, and what is no figure', () => {
    const whole = { values: [], value: 1, hits: [1, 0], observed: 1 };
    const read = readMetricValues(table, {
      orders_total: [
        { values: [], value: 'many' },
        { values: ['x'], value: 1 },
        { values: [], value: null },
      ],
      drops_total: [
        { values: ['a'], value: 1 },
        { values: ['a'], value: 2 },
        { values: [], value: 3 },
      ],
      wait_seconds: [
        { ...whole, hits: [1, 0, 0] },
        { ...whole, hits: ['x', 0] },
        { ...whole, observed: undefined },
      ],
      strange_total: [{ values: [], value: 1 }],
    });
    assert.deepEqual(read, {
      orders_total: [],
      drops_total: [{ values: ['a'], value: 2, hits: [], observed: 0 }],
      wait_seconds: [],
    });
    for (const nothing of [undefined, null, 'x', 7, []]) {
      assert.deepEqual(readMetricValues(table, nothing), {
        orders_total: [],
        drops_total: [],
        wait_seconds: [],
      });
    }
  });

  it('do not take ever more series from another process', () => {
    const series = Array.from({ length: 5000 }, (_, place) => ({ values: [`r${place}`], value: 1 }));
    assert.ok((readMetricValues(table, { drops_total: series })['drops_total'] ?? []).length <= 201);
  });
});

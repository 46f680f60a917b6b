import assert from 'node:assert/strict';
import { createMetrics } from '../../../lib/core/metrics';
import { packMetricTable } from '../../../lib/core/metric-table';
import { fillGauges } from '../../../nodes/runtime/overview/gauges';
import { healthOf } from '../../../nodes/runtime/overview/health';
import type { Instance } from '../../../nodes/runtime/overview/instances';
import { createOverview, type Overview } from '../../../nodes/runtime/overview/overview';
import type { CursorPart, UploadsView } from '../../../nodes/runtime/overview';
import { createMetricsPage } from '../../../nodes/runtime/overview/shared-metrics';
import { madeUpCursor, madeUpStore } from '../../support/made-up-parts';
import { manualClock } from '../../support/manual-clock';
import { assertPrometheusText } from '../../support/prometheus-text';

const HOUR_MS = 60 * 60_000;
const NOW = 100 * HOUR_MS;

describe('syncs and held uploads in health and metrics', () => {
  let overview: Overview;
  beforeEach(() => {
    overview = createOverview(manualClock(NOW));
  });

  const addCursor = (changes: Partial<CursorPart>): void =>
    void overview.add('cursor', () => madeUpCursor(changes));
  const addUploads = (changes: Partial<UploadsView>): void => {
    const view = { id: 'c1', name: 'Calls', connectionId: 'e', list: 'l', held: [], count: 0 };
    overview.add('uploads', () => ({ ...view, ...changes }));
  };

  describe('as health', () => {
    const problems = async (): Promise<unknown[]> => {
      const { status, problems } = healthOf(await overview.read());
      return [status, ...problems.map(({ code, kind, id, trouble }) => [code, kind, id, trouble?.code])];
    };

    it('is well while they work, wait, or were stopped by a person, and with rows that failed', async () => {
      addCursor({ state: 'running', movedAt: NOW - HOUR_MS, inFlight: 4 });
      addCursor({ isHeld: true, last: { id: 1, title: '', at: 0 } });
      addCursor({ failed: 3, late: 2 });
      addUploads({ count: 1, oldestSince: NOW - HOUR_MS });
      assert.deepEqual(await problems(), ['ok']);
    });

    it('names a sync whose last run has failed, with the reason', async () => {
      addCursor({ id: 'k7', error: { code: 'SPEECHSENSE_AUTH', params: {} } });
      assert.deepEqual(await problems(), ['degraded', ['SYNC_FAILING', 'cursor', 'k7', 'SPEECHSENSE_AUTH']]);
    });

    it('names a sync that stands for more than an hour although it runs', async () => {
      addCursor({ id: 'k7', state: 'running', movedAt: NOW - HOUR_MS - 1 });
      assert.deepEqual(await problems(), ['degraded', ['SYNC_STANDING', 'cursor', 'k7', undefined]]);
    });

    it('names uploads that nothing but a person settles', async () => {
      addUploads({ count: 2, oldestSince: NOW - HOUR_MS - 1 });
      assert.deepEqual(await problems(), ['degraded', ['UPLOADS_HELD', 'uploads', 'c1', undefined]]);
    });
  });

  describe('as metrics', () => {
    it('are told by node: of several portals the sum, and the longest lag', async () => {
      const metrics = createMetrics(packMetricTable);
      addCursor({ inFlight: 4, late: 2, failed: 1, caughtUpAt: NOW - 30_000, last: at(NOW - HOUR_MS) });
      addCursor({ place: 'b', inFlight: 3, late: 1, failed: 0, last: at(NOW - 90_000) });
      addCursor({ id: 'k2' });
      addUploads({ count: 2 });
      addUploads({ list: 'of another store', count: 5 });
      fillGauges(metrics, await overview.read());
      const text = metrics.render();
      assertPrometheusText(text);
      assert.deepEqual(linesOf(text), [
        'bitlane_sync_rows_running{node="k1"} 7',
        'bitlane_sync_rows_running{node="k2"} 0',
        'bitlane_sync_rows_late{node="k1"} 3',
        'bitlane_sync_rows_late{node="k2"} 0',
        'bitlane_sync_rows_failed{node="k1"} 1',
        'bitlane_sync_rows_failed{node="k2"} 0',
        'bitlane_sync_lag_seconds{node="k1"} 90',
        'bitlane_uploads_held{node="c1"} 7',
      ]);
    });

    it('are told once where all processes see the same, and each has counted its own rows', async () => {
      const metrics = createMetrics(packMetricTable);
      const counted = (rows: number): Instance['metrics'] => {
        const own = createMetrics(packMetricTable);
        own.count('bitlane_sync_rows_total', { node: 'k1', how: 'done' }, rows);
        return own.values();
      };
      metrics.count('bitlane_sync_rows_total', { node: 'k1', how: 'done' }, 3);
      overview.add('store', () => madeUpStore({ isShared: true }));
      addCursor({ inFlight: 4, isShared: true });
      addCursor({ id: 'k2', inFlight: 1 });
      addUploads({ count: 2, storeId: 's1' });
      addUploads({ id: 'c2', count: 1, storeId: 'a folder' });
      const all = [instance('one', metrics.values(), true), instance('two', counted(5), false)];
      const text = createMetricsPage(metrics)(await overview.read(), all);
      assertPrometheusText(text);
      assert.deepEqual(
        linesOf(text).filter((line) => !/_(?:late|failed)\{/.test(line)),
        [
          'bitlane_sync_rows_total{node="k1",how="done",instance="one"} 3',
          'bitlane_sync_rows_total{node="k1",how="done",instance="two"} 5',
          'bitlane_sync_rows_running{node="k2",instance="one"} 1',
          'bitlane_sync_rows_running{node="k1"} 4',
          'bitlane_uploads_held{node="c2",instance="one"} 1',
          'bitlane_uploads_held{node="c1"} 2',
        ],
      );
    });
  });
});

const at = (time: number): NonNullable<CursorPart['last']> => ({ id: 9, title: 'call 9', at: time });

const linesOf = (text: string): string[] =>
  text.split('\n').filter((line) => /^bitlane_(?:sync|uploads)_/.test(line));

function instance(name: string, values: Instance['metrics'], isSelf: boolean): Instance {
  return {
    ...{ id: name, name, pack: '1.0.0', nodeRed: '4.1.1', node: '20.19.0', startedAt: 1, status: 'ok' },
    ...{ portals: [], bots: [], running: {}, parked: 0, errors: [], errorCount: 0 },
    ...{ metrics: values, ageMs: 0, isSilent: false, isSelf },
  };
}

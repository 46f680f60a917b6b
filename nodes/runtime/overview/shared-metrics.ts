import { renderMetrics, type MetricSource } from '../../../lib/core/metric-text';
import { packMetricTable, type PackMetricTable } from '../../../lib/core/metric-table';
import type { Metrics, MetricSeries, MetricValues } from '../../../lib/core/metrics';
import { fillGauges, storeLabel } from './gauges';
import { syncGauges, uploadGauges } from './sync-gauges';
import type { Instance } from './instances';
import type { Snapshot } from './shapes';

/** What is the same whoever looks, as long as the store is one that several have open. */
const ofStore = ['bitlane_dead_letters', 'bitlane_store_keys'];
const ofReader = ['bitlane_events_waiting', 'bitlane_oldest_waiting_seconds'];

/**
 * The page for Prometheus. A process that has met another one tells them apart from then on: if it went back as soon as
 * it is alone, every rolling restart would end all series and begin others.
 */
export function createMetricsPage(
  metrics: Metrics<PackMetricTable>,
): (snapshot: Snapshot, all: readonly Instance[] | undefined) => string {
  let hasCompany = false;
  return (snapshot, all = []) => {
    fillGauges(metrics, snapshot);
    hasCompany = all.length > 0 && (hasCompany || all.some(({ isSelf, isSilent }) => !isSelf && !isSilent));
    return hasCompany ? renderShared(all, metrics.values(), snapshot) : metrics.render();
  };
}

/** `own`: all that this process counts and finds, its gauges filled. */
function renderShared(all: readonly Instance[], own: MetricValues, snapshot: Snapshot): string {
  const { shared, apart } = split(own, snapshot);
  const sources = all.filter(({ isSilent }) => !isSilent).map((one) => sourceOf(one, apart));
  return renderMetrics(packMetricTable, [...sources, { values: shared }]);
}

function sourceOf({ name, isSelf, metrics, running }: Instance, own: MetricValues): MetricSource {
  const inHand = Object.entries(running).map(([node, value]) => series([node], value));
  const values = isSelf ? own : { ...metrics, bitlane_events_running: inHand };
  return { values, labels: { instance: name } };
}

const series = (values: readonly string[], value: number): MetricSeries => ({
  ...{ values, value, hits: [], observed: 0 },
});

function split(own: MetricValues, snapshot: Snapshot): { shared: MetricValues; apart: MetricValues } {
  const nodes = new Set(snapshot.readers.flatMap(({ id, isShared }) => (isShared ? [id] : [])));
  const stores = new Set(snapshot.stores.flatMap((store) => (store.isShared ? [storeLabel(store)] : [])));
  const storeIds = new Set(snapshot.stores.flatMap(({ id, isShared }) => (isShared ? [id] : [])));
  const syncs = new Set(snapshot.cursors.flatMap(({ id, isShared }) => (isShared ? [id] : [])));
  const connections = new Set(
    snapshot.uploads.flatMap(({ id, storeId }) => (storeIds.has(storeId ?? '') ? [id] : [])),
  );
  const sharedLabels: readonly (readonly [names: readonly string[], labels: ReadonlySet<string>])[] = [
    [ofStore, stores],
    [ofReader, nodes],
    [syncGauges, syncs],
    [uploadGauges, connections],
  ];
  const isShared = (name: string, { values: [label = ''] }: MetricSeries): boolean =>
    sharedLabels.some(([names, labels]) => names.includes(name) && labels.has(label));
  const only = (wanted: boolean): MetricValues =>
    Object.fromEntries(
      Object.entries(own).map(([name, list]) => [
        name,
        list.filter((each) => isShared(name, each) === wanted),
      ]),
    );
  return { shared: only(true), apart: only(false) };
}

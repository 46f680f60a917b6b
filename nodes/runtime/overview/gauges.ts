import type { JournalStats } from '../../../lib/store/store';
import type { Metrics } from '../../../lib/core/metrics';
import type { PackMetricTable } from '../../../lib/core/metric-table';
import type { Snapshot } from './shapes';
import { fillSyncGauges } from './sync-gauges';

type PackMetrics = Metrics<PackMetricTable>;

/** The gauges are what the parts tell at this moment. */
export function fillGauges(metrics: PackMetrics, snapshot: Snapshot): void {
  const { readers, stores } = snapshot;
  const ofReader = (value: (reader: Snapshot['readers'][number]) => number) =>
    readers.map((reader) => ({ value: value(reader), labels: { node: reader.id } }));
  metrics.fill(
    'bitlane_events_waiting',
    ofReader(({ waiting }) => waiting),
  );
  metrics.fill(
    'bitlane_events_running',
    ofReader(({ running }) => running),
  );
  metrics.fill(
    'bitlane_oldest_waiting_seconds',
    ofReader(({ oldestMs = 0 }) => oldestMs / 1000),
  );
  fillStoreGauges(metrics, stores);
  fillSyncGauges(metrics, snapshot);
}

function fillStoreGauges(metrics: PackMetrics, stores: Snapshot['stores']): void {
  const ofStore = (value: (store: Snapshot['stores'][number]) => number | undefined) =>
    stores.flatMap((store) => {
      const told = value(store);
      return told === undefined ? [] : [{ value: told, labels: { store: storeLabel(store) } }];
    });
  const ofJournal = (value: (journal: JournalStats) => number) =>
    ofStore(({ stats }) => stats?.journal && value(stats.journal));
  const isAway = (state: string): boolean => state === 'unavailable' || state === 'closed';

  metrics.fill(
    'bitlane_dead_letters',
    ofStore(({ deadLetters }) => deadLetters),
  );
  metrics.fill(
    'bitlane_events_waiting_locally',
    ofStore(({ local }) => local),
  );
  metrics.fill(
    'bitlane_store_unavailable',
    ofStore(({ state }) => Number(isAway(state))),
  );
  metrics.fill(
    'bitlane_store_keys',
    ofStore(({ stats }) => stats?.liveKeys),
  );
  metrics.fill(
    'bitlane_store_journal_bytes',
    ofJournal(({ journalBytes }) => journalBytes),
  );
  metrics.fill(
    'bitlane_store_snapshot_bytes',
    ofJournal(({ snapshotBytes }) => snapshotBytes),
  );
  metrics.fill(
    'bitlane_store_unsynced_bytes',
    ofJournal(({ unsyncedBytes }) => unsyncedBytes),
  );
  metrics.fill(
    'bitlane_store_fsync_median_seconds',
    ofJournal(({ fsyncMs }) => fsyncMs.median / 1000),
  );
  metrics.fill(
    'bitlane_store_fsync_p99_seconds',
    ofJournal(({ fsyncMs }) => fsyncMs.p99 / 1000),
  );
}

/** The folder of a store stays inside: it is a path of the user's machine. */
export const storeLabel = ({ id }: { id: string }): string => (id === '' ? 'shared' : id);

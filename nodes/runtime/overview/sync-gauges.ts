import type { Metrics } from '../../../lib/core/metrics';
import type { PackMetricTable } from '../../../lib/core/metric-table';
import type { CursorPart, Snapshot } from './shapes';

/** The counter of rows is none of them: each process counts what it has done itself. */
export const syncGauges = [
  'bitlane_sync_rows_running',
  'bitlane_sync_rows_late',
  'bitlane_sync_rows_failed',
  'bitlane_sync_lag_seconds',
] as const satisfies readonly (keyof PackMetricTable)[];
export const uploadGauges = ['bitlane_uploads_held'] as const satisfies readonly (keyof PackMetricTable)[];

/** A node has a cursor for each portal, and a portal is no label: its cursors are told as one. */
export function fillSyncGauges(metrics: Metrics<PackMetricTable>, snapshot: Snapshot): void {
  const { cursors, uploads, at } = snapshot;
  const [running, late, failed, lag] = syncGauges;
  metrics.fill(
    running,
    byNode(cursors, ({ inFlight }) => inFlight, add),
  );
  metrics.fill(
    late,
    byNode(cursors, (cursor) => cursor.late, add),
  );
  metrics.fill(
    failed,
    byNode(cursors, (cursor) => cursor.failed, add),
  );
  metrics.fill(
    lag,
    byNode(cursors, (cursor) => lagSeconds(cursor, at), Math.max),
  );
  const [held] = uploadGauges;
  metrics.fill(
    held,
    byNode(uploads, ({ count }) => count, add),
  );
}

const add = (one: number, other: number): number => one + other;

function byNode<Part extends { id: string }>(
  parts: readonly Part[],
  read: (part: Part) => number | undefined,
  join: (one: number, other: number) => number,
): { value: number; labels: { node: string } }[] {
  const found = new Map<string, number>();
  for (const part of parts) {
    const value = read(part);
    const before = found.get(part.id);
    if (value !== undefined) found.set(part.id, before === undefined ? value : join(before, value));
  }
  return [...found].map(([node, value]) => ({ value, labels: { node } }));
}

/** After a start, and in the midst of a long history, the last row that was sent says more than nothing. */
function lagSeconds({ caughtUpAt, last }: CursorPart, now: number): number | undefined {
  const upTo = [caughtUpAt, last?.at].filter((time) => time !== undefined);
  return upTo.length === 0 ? undefined : Math.max(0, now - Math.max(...upTo)) / 1000;
}

import { textAt } from '../../../lib/core/fields';
import type { CursorName } from '../../../lib/sync/cursor-key';
import { viewCursor } from '../../../lib/sync/cursor-view';
import type { Cursor, DryRun, SyncSummary } from '../../../lib/sync/types';
import type { Translate } from '../explain';
import { troubleOf } from '../overview';
import { briefsOf, grouped } from './board';

/** What comes out of the second output, as plain JSON; `report` tells which one it is. */
export type SyncReport = Readonly<Record<string, unknown>> & {
  readonly report: 'summary' | 'status' | 'dry-run';
};

/** How often nothing of a row was wanted after all, by reason. */
export type UnwantedCounts = ReadonlyMap<string, number>;

export function summaryReport(name: CursorName, summary: SyncSummary, unwanted: UnwantedCounts): SyncReport {
  const { error, sent, skipped, ...counts } = summary;
  const left = sumOf(unwanted);
  return {
    report: 'summary',
    ...name,
    ...counts,
    sent: sent - left,
    skipped: skipped + left,
    ...(left > 0 && { skippedBecause: Object.fromEntries(unwanted) }),
    ...(error && { error: troubleOf(error) }),
  };
}

export async function statusReport(
  name: CursorName,
  cursor: Cursor,
  unwanted: UnwantedCounts,
): Promise<SyncReport> {
  const { rows, total } = await cursor.failed();
  return {
    report: 'status',
    ...correctedView(name, cursor, unwanted),
    failedRows: rows,
    failedMore: total - rows.length,
  };
}

export function dryRunReport(name: CursorName, dryRun: DryRun): SyncReport {
  return { report: 'dry-run', ...name, ...dryRun };
}

/** With the same in one line, in the language of the statuses. What matters most comes first: the rest may be cut off. */
export function withWords(translate: Translate, report: SyncReport): SyncReport {
  const say = (name: string, count: unknown): string =>
    translate(`bitlane.sync.status.${name}`, { count: grouped(Number(count)) });
  const why = textAt(report, 'error', 'code');
  const { isHeld, wanted, sent, skipped } = report;
  // Of a run only what it has met itself has these names.
  const { lateNow = report['late'], failedNow = report['failed'] } = report;
  const others = [
    ['failed', failedNow],
    ['late', lateNow],
    ['skipped', skipped],
  ] as const;
  const words = [
    ...(isHeld === true ? [translate('bitlane.sync.status.held')] : []),
    ...(why === undefined ? [] : briefsOf(translate, [why])),
    report.report === 'dry-run' ? say('toSend', wanted) : say('sent', sent),
    ...others.flatMap(([name, count]) => (Number(count) > 0 ? [say(name, count)] : [])),
  ];
  return { ...report, text: words.join(', ') };
}

/** For the cursor a row that was found to be unwanted late has been sent like any other. */
export function correctedView(
  name: CursorName,
  cursor: Pick<Cursor, 'status'>,
  unwanted: UnwantedCounts,
): ReturnType<typeof viewCursor> {
  const view = viewCursor(name, cursor);
  const left = sumOf(unwanted);
  return { ...view, sent: Math.max(0, view.sent - left), skipped: view.skipped + left };
}

function sumOf(unwanted: UnwantedCounts): number {
  return [...unwanted.values()].reduce((sum, count) => sum + count, 0);
}

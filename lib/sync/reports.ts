import type { Progress } from './progress';
import type { CursorRecords } from './records';
import { withoutUndefined } from './row-label';
import type { StartedBy, SyncState, SyncStatus, SyncSummary } from './types';

export interface StatusFacts extends Pick<CursorRecords, 'place' | 'late' | 'failed'> {
  state: SyncState;
  /** Of the run under way, or of the last one. */
  progress: Progress | undefined;
  inFlight: number;
  isHeld: boolean;
  error: Error | undefined;
  caughtUpAt: number | undefined;
}

export function statusOf(facts: StatusFacts): SyncStatus {
  const { state, place, late, failed, progress, inFlight, isHeld, error, caughtUpAt } = facts;
  const { handled = 0, sent = 0, skipped = 0, givenUp = 0, gone = 0 } = progress?.counts() ?? {};
  return withoutUndefined({
    ...{ state, handled, sent, skipped, givenUp, gone, inFlight, isHeld, error, caughtUpAt },
    position: place.position(),
    total: progress?.total(),
    late: late.size(),
    failed: failed.size(),
    last: place.last(),
    startedAt: progress?.startedAt,
    movedAt: state === 'idle' ? undefined : progress?.movedAt(),
    ratePerMinute: state === 'idle' ? undefined : progress?.ratePerMinute(),
    nextLateAt: late.nextAt(),
  });
}

export interface SummaryFacts extends Pick<CursorRecords, 'place' | 'late' | 'failed'> {
  how: SyncSummary['how'];
  by: StartedBy;
  progress: Progress;
  endedAt: number;
  error: Error | undefined;
}

export function summaryOf(facts: SummaryFacts): SyncSummary {
  const { how, by, place, late, failed, progress, endedAt, error } = facts;
  return withoutUndefined({
    ...progress.counts(),
    ...{ how, by, endedAt, error },
    position: place.position(),
    startedAt: progress.startedAt,
    lateNow: late.size(),
    failedNow: failed.size(),
  });
}

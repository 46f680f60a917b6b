import { systemClock } from '../../../lib/core/clock';
import type { Portal } from '../../../lib/bitrix24/hub/hub';
import type { StoreSource } from '../../../lib/store/store';
import { createCursor } from '../../../lib/sync/cursor';
import type { CursorName } from '../../../lib/sync/cursor-key';
import type { Deliver, SyncEnd, SyncSource } from '../../../lib/sync/source';
import type { Cursor, CursorListeners, SyncSummary } from '../../../lib/sync/types';
import type { OutgoingMessage } from '../shell';
import { summaryReport, type SyncReport, type UnwantedCounts } from './reports';
import { endOfRefusal, usualFailures } from './row-flow';
import type { PortalJob, SyncJob } from './types';

/** The cursor of one portal, and the flows that it starts. */
export interface PortalCursor {
  readonly name: CursorName;
  readonly cursor: Cursor;
  readonly isAside: boolean;
  /** Of the run under way, or of the last one. */
  unwanted(): UnwantedCounts;
  topic(): string;
  isOf(owner: { readonly memberId: string; readonly domain: string }): boolean;
  /** The portal has come back, with a new authorisation maybe. */
  reopen(portal: Portal): void;
}

export interface PortalCursorOptions<T> {
  readonly job: SyncJob<T>;
  readonly portal: Portal;
  readonly name: CursorName;
  readonly store: StoreSource;
  readonly inFlight: number;
  readonly attempts: number;
  readonly everyMs: number | undefined;
  readonly startFlow: (message: OutgoingMessage, signal: AbortSignal) => Promise<SyncEnd>;
  readonly listeners: Pick<CursorListeners, 'onError' | 'onFailed' | 'onDone'>;
  readonly onSummary: (report: SyncReport) => void;
}

export function createPortalCursor<T>(options: PortalCursorOptions<T>): PortalCursor {
  const { job, name, startFlow, onSummary, listeners } = options;
  const { store, inFlight, attempts, everyMs } = options;
  const { lateHours, latePausesMs } = job;
  let portal = options.portal;
  let open: PortalJob<T> = job.open(portal, name.place);
  let unwanted = new Map<string, number>();
  let isRunOver = false;

  const topic = (): string => `${portal.memberId ?? portal.domain}:${job.kind}`;

  const deliver: Deliver<T> = async (item, visit) => {
    try {
      const made = await open.message(item, visit);
      if (made.how === 'late') return { how: 'late' };
      if (made.how === 'unwanted') return leaveOut(made.reason);
      return await startFlow({ topic: topic(), ...made.message }, visit.signal);
    } catch (thrown) {
      return endOfRefusal(thrown, job.failureOf ?? usualFailures);
    }
  };

  function leaveOut(reason: string): SyncEnd {
    if (isRunOver) startCounting();
    unwanted.set(reason, (unwanted.get(reason) ?? 0) + 1);
    return { how: 'finished' };
  }

  function startCounting(): void {
    isRunOver = false;
    unwanted = new Map();
  }

  function tellSummary(summary: SyncSummary): void {
    // Those of the run before, when this one has left nothing out.
    if (isRunOver) startCounting();
    isRunOver = true;
    onSummary(summaryReport(name, summary, unwanted));
  }

  const cursor = createCursor<T>({
    ...{ name, store, deliver, inFlight, attempts, everyMs, lateHours, clock: systemClock },
    ...(latePausesMs && { latePausesMs }),
    source: delegating(() => open.source),
    listeners: { ...listeners, onSummary: tellSummary },
  });

  return {
    name,
    cursor,
    isAside: job.aside !== undefined,
    unwanted() {
      const { state, isElsewhere } = cursor.status();
      return isElsewhere === true || (isRunOver && state !== 'idle') ? new Map() : unwanted;
    },
    topic,
    isOf: ({ memberId, domain }) =>
      portal.memberId === undefined || memberId === ''
        ? portal.domain === domain
        : portal.memberId === memberId,
    reopen(again) {
      if (again === portal) return;
      portal = again;
      open = job.open(again, name.place);
    },
  };
}

function delegating<T>(source: () => SyncSource<T>): SyncSource<T> {
  return {
    count: (after, signal) => source().count(after, signal),
    pagesAfter: (after, signal) => source().pagesAfter(after, signal),
    byIds: (ids, signal) => source().byIds(ids, signal),
    judge: (item) => source().judge(item),
    label: (item) => source().label(item),
  };
}

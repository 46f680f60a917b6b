import type { NodeAPI } from 'node-red';
import { InvalidError, RefusedError } from '../../../lib/core/errors';
import { textAt } from '../../../lib/core/fields';
import type { Portal, PortalHub } from '../../../lib/bitrix24/hub/hub';
import type { CursorListeners } from '../../../lib/sync/types';
import { portalKind } from '../kinds';
import type { Emit, Message, Shell } from '../shell';
import { storeOfNode } from '../store-of-node';
import { readOrder, type SyncOrder } from './actions';
import { createSyncBoard } from './board';
import { showCursor } from './cursor-part';
import { createPortalCursor, type PortalCursor } from './portal-cursor';
import { dryRunReport, statusReport, type SyncReport } from './reports';
import { createRowFlow, usualFailures } from './row-flow';
import type { SyncJob, SyncNode } from './types';

const MINUTE_MS = 60_000;

/**
 * A node that works a history off, row by row: a cursor for each portal of its portal node. It has one input and two
 * outputs, rows and reports, and these properties besides those of the job: portal, store, cursorName, inFlight,
 * attempts, everyMinutes.
 */
export function createSyncNode<T>(RED: NodeAPI, shell: Shell, job: SyncJob<T>): SyncNode {
  const { settings } = shell;
  const hub = shell.use(portalKind, 'portal');
  const { source: store } = storeOfNode(RED, shell);
  const everyMinutes = settings.number('everyMinutes', 0, { max: 60 * 24 * 20 });
  const rules = {
    ...{ job, store },
    inFlight: settings.number('inFlight', 4, { min: 1, max: 100 }),
    attempts: settings.number('attempts', 3, { min: 1, max: 100 }),
    everyMs: everyMinutes > 0 ? everyMinutes * MINUTE_MS : undefined,
    startFlow: createRowFlow({
      RED,
      label: shell.name === '' ? `${job.type} (${shell.id})` : `${job.type} "${shell.name}" (${shell.id})`,
      emit: (message) => shell.emit([message, null]),
      failureOf: job.failureOf ?? usualFailures,
    }),
    listeners: listenersOf(shell),
  };
  const cursorName = settings.text('cursorName', 'default');
  const cursors = new Map<string, PortalCursor>();
  const board = createSyncBoard(shell, () => [...cursors.values()].map(({ cursor }) => cursor.status()));
  /** After what stands in the queue: the end of a message shows a word of its own. */
  const showSoon = (): void => void setImmediate(() => board.show());

  function meet(portal: Portal): void {
    const place = placeOf(hub, portal);
    const known = cursors.get(place);
    if (known) return known.reopen(portal);
    const name = { kind: job.kind, place, cursor: cursorName };
    const made: PortalCursor = createPortalCursor({
      ...rules,
      ...{ portal, name },
      onSummary: (report) => tell(made, report),
    });
    cursors.set(place, made);
    shell.onClose(() => made.cursor.close());
    shell.onClose(made.cursor.onChange(() => board.show()));
    shell.onClose(showCursor({ id: shell.id, name: shell.name, type: job.type }, made));
  }

  function tell(made: PortalCursor, report: SyncReport): void {
    if (!shell.signal.aborted) shell.emit([null, { topic: made.topic(), payload: report }]);
    showSoon();
  }

  function chosen({ bitrix }: Message): PortalCursor[] {
    const all = [...cursors.values()];
    const memberId = textAt(bitrix, 'portal', 'memberId') ?? '';
    const domain = textAt(bitrix, 'portal', 'domain') ?? '';
    const named = memberId + domain === '' ? all : all.filter((made) => made.isOf({ memberId, domain }));
    if (named.length > 0) return named;
    const what = all.length === 0 ? 'portal' : 'msg.bitrix.portal';
    throw new InvalidError('INPUT_INVALID', 'this node has no such portal yet', { params: { what } });
  }

  shell.onClose(hub.onPortal(meet));

  return {
    soon(delayMs, owner) {
      for (const made of cursors.values()) if (!owner || made.isOf(owner)) made.cursor.soon(delayMs);
    },
    async onMessage(message, { emit, signal }) {
      try {
        const order = readOrder(message);
        const reports: [PortalCursor, SyncReport][] = [];
        for (const made of chosen(message)) {
          const report = await carryOut(order, made, signal);
          if (report) reports.push([made, report]);
        }
        answer(message, reports, emit);
      } finally {
        showSoon();
      }
    },
  };
}

/** What an order has to tell at once; what a run has to tell comes when it has ended. */
async function carryOut(
  { action, ids, limit }: SyncOrder,
  made: PortalCursor,
  signal: AbortSignal,
): Promise<SyncReport | undefined> {
  const { name, cursor } = made;
  switch (action) {
    case 'start':
      return void cursor.start();
    case 'late':
      return void cursor.recheckLate();
    case 'retry':
      return void cursor.retryFailed(ids);
    case 'dry-run':
      return dryRunReport(name, await cursor.dryRun({ signal, ...(limit !== undefined && { limit }) }));
    case 'stop':
      await cursor.stop();
      break;
    case 'reset':
      await cursor.reset();
      break;
    case 'drop':
      await cursor.dropFailed(ids);
      break;
    case 'failed':
    case 'status':
  }
  return statusReport(name, cursor, made.unwanted());
}

/** The message itself goes on; of several portals each has one of its own. */
function answer(message: Message, reports: readonly [PortalCursor, SyncReport][], emit: Emit): void {
  const plain = { ...message };
  reports.forEach(([made, payload], place) => {
    const news = { topic: made.topic(), payload };
    emit([null, place === 0 ? Object.assign(message, news) : { ...plain, ...news }]);
  });
}

/** A webhook learns the portal's permanent id late, and a cursor must not change its name. */
function placeOf(hub: PortalHub, { memberId, domain }: Portal): string {
  return hub.kind === 'app' ? (memberId ?? domain) : domain;
}

function listenersOf(shell: Shell): Pick<CursorListeners, 'onError' | 'onFailed' | 'onGivenUp'> {
  const unlessClosed = (report: () => void): void => {
    if (!shell.signal.aborted) report();
  };
  return {
    onError: (error) => unlessClosed(() => shell.report(error)),
    onFailed: ({ title, reason, tries }) =>
      unlessClosed(() =>
        shell.report(new RefusedError('SYNC_ROW_FAILED', reason, { params: { title, tries } })),
      ),
    onGivenUp: ({ title }) =>
      unlessClosed(() =>
        shell.warn(new InvalidError('SYNC_GIVEN_UP', 'it never came', { params: { title } })),
      ),
  };
}

import type { NodeAPI } from 'node-red';
import {
  BitlaneError,
  errorCodes,
  InvalidError,
  RefusedError,
  toError,
  type ErrorCode,
} from '../../../lib/core/errors';
import { textAt } from '../../../lib/core/fields';
import { placeOf } from '../../../lib/bitrix24/chats/portal-place';
import type { Portal } from '../../../lib/bitrix24/hub/hub';
import { keyOf } from '../../../lib/sync/cursor-key';
import type { CursorListeners } from '../../../lib/sync/types';
import { portalKind } from '../kinds';
import { metrics } from '../overview';
import type { Emit, Message, Shell } from '../shell';
import { storeOfNode } from '../store-of-node';
import { readOrder, type SyncOrder } from './actions';
import { createSyncBoard, type SyncBoard } from './board';
import { showCursor } from './cursor-part';
import { createPortalCursor, type PortalCursor } from './portal-cursor';
import { dryRunReport, statusReport, withWords, type SyncReport } from './reports';
import { createRowFlow, usualFailures } from './row-flow';
import type { SyncJob, SyncNode } from './types';

const MINUTE_MS = 60_000;

/**
 * A node that works a history off, row by row: a cursor for each portal of its portal node, and one more for each
 * history aside. It has one input and two outputs, rows and reports, and these properties besides those of the job:
 * portal, store, cursorName, inFlight, attempts, everyMinutes.
 */
export function createSyncNode<T>(
  RED: NodeAPI,
  shell: Shell,
  job: SyncJob<T>,
  asides: readonly SyncJob<T>[] = [],
): SyncNode {
  const { settings } = shell;
  const hub = shell.use(portalKind, 'portal');
  const { source: store } = storeOfNode(RED, shell);
  const everyMinutes = settings.number('everyMinutes', 0, { max: 60 * 24 * 20 });
  const rules = {
    store,
    inFlight: settings.number('inFlight', 4, { min: 1, max: 100 }),
    attempts: settings.number('attempts', 3, { min: 1, max: 100 }),
    everyMs: everyMinutes > 0 ? everyMinutes * MINUTE_MS : undefined,
    startFlow: createRowFlow({
      RED,
      label: shell.name === '' ? `${job.type} (${shell.id})` : `${job.type} "${shell.name}" (${shell.id})`,
      emit: (message) => shell.emit([message, null]),
      failureOf: job.failureOf ?? usualFailures,
    }),
  };
  const cursorName = settings.text('cursorName', 'default');
  const cursors = new Map<string, PortalCursor>();
  const board = createSyncBoard(shell, () =>
    [...cursors.values()].filter(isWorthShowing).map(({ cursor }) => cursor.status()),
  );
  /** After what stands in the queue: the end of a message shows a word of its own. */
  const showSoon = (): void => void setImmediate(() => board.show());

  function meet(portal: Portal): void {
    for (const each of [job, ...asides]) meetWith(each, portal);
  }

  function meetWith(each: SyncJob<T>, portal: Portal): void {
    const place = placeOf(hub, portal);
    const cursor = each.aside === undefined ? cursorName : `${cursorName} (${each.aside})`;
    const name = { kind: each.kind, place, cursor };
    const key = keyOf(name);
    const known = cursors.get(key);
    if (known) return known.reopen(portal);
    const made: PortalCursor = createPortalCursor({
      ...rules,
      ...{ job: each, portal, name },
      listeners: listenersOf(shell, each, board),
      onSummary: (report) => tell(made, report),
    });
    cursors.set(key, made);
    shell.onClose(() => made.cursor.close());
    const showInPanel = once(() =>
      shell.onClose(showCursor({ id: shell.id, name: shell.name, type: each.type }, made, store)),
    );
    if (!made.isAside) showInPanel();
    shell.onClose(
      made.cursor.onChange(() => {
        if (isWorthShowing(made)) showInPanel();
        noteFailedRows();
        board.show();
      }),
    );
  }

  function tell(made: PortalCursor, report: SyncReport): void {
    const isNews = !made.isAside || report['handled'] !== 0 || report['error'] !== undefined;
    if (isNews && !shell.signal.aborted)
      shell.emit([null, { topic: made.topic(), payload: withWords(shell.translate, report) }]);
    if (report['how'] === 'done') {
      board.runEndedWell();
      shell.recovered((code) => code !== 'SYNC_ROW_FAILED');
    }
    showSoon();
  }

  let hadFailedRows = false;
  /** The list may be emptied by a run, by an order or in the panel. */
  function noteFailedRows(): void {
    const hasFailedRows = [...cursors.values()].some(({ cursor }) => cursor.status().failed > 0);
    if (hadFailedRows && !hasFailedRows) shell.recovered((code) => code === 'SYNC_ROW_FAILED');
    hadFailedRows = hasFailedRows;
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
    showsItself: true,
    soon(delayMs, owner) {
      for (const made of cursors.values()) if (!owner || made.isOf(owner)) made.cursor.soon(delayMs);
    },
    async onMessage(message, { emit, signal }) {
      let failure: Error | undefined;
      board.orderBegan();
      try {
        const order = readOrder(message);
        const reports: [PortalCursor, SyncReport][] = [];
        for (const made of chosen(message)) {
          const report = await carryOut(order, made, signal);
          if (report && isNewsOf(made, report)) reports.push([made, withWords(shell.translate, report)]);
        }
        answer(message, reports, emit);
      } catch (thrown) {
        failure = toError(thrown);
        throw failure;
      } finally {
        const before = board.orderError();
        if (before && !failure) shell.recovered((code) => code === codeOf(before));
        board.orderEnded(failure);
        showSoon();
      }
    },
  };
}

/** A history aside in which nothing was found yet is nothing to anybody. */
function isWorthShowing({ isAside, cursor }: PortalCursor): boolean {
  if (!isAside) return true;
  const { position, handled, inFlight, late, failed, error } = cursor.status();
  return position + handled + inFlight + late + failed > 0 || error !== undefined;
}

function isNewsOf(made: PortalCursor, report: SyncReport): boolean {
  if (report.report === 'dry-run') return !made.isAside || report['looked'] !== 0;
  return isWorthShowing(made);
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
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

function listenersOf(
  shell: Shell,
  { aside }: Pick<SyncJob<never>, 'aside'>,
  board: SyncBoard,
): Pick<CursorListeners, 'onError' | 'onFailed' | 'onDone'> {
  const count = (how: string): void => metrics.count('bitlane_sync_rows_total', { node: shell.id, how });
  const unlessClosed = (report: () => void): void => {
    if (!shell.signal.aborted) report();
  };
  return {
    onError(error) {
      // Whoever has taken the one cursor has taken the other, and one of them says so.
      const isSaid = aside !== undefined && textAt(error, 'code') === 'CONFIG_CURSOR_TAKEN';
      if (!isSaid) unlessClosed(() => shell.report(error));
    },
    onDone: () => count('done'),
    onFailed({ title, mark, reason, tries }) {
      count('failed');
      const because = codeIn(reason);
      const params = {
        ...{ title: mark === undefined ? title : `${title} (${mark})`, tries },
        ...{ why: reason, ...(because !== undefined && { because }) },
      };
      board.rowFailed(because);
      unlessClosed(() => {
        shell.report(new RefusedError('SYNC_ROW_FAILED', reason, { params }));
        board.show();
      });
    },
  };
}

const codeOf = (error: Error): string => (error instanceof BitlaneError ? error.code : 'INTERNAL');

/** Of a failure of the pack; one of another node has none, or one that nobody here has words for. */
function codeIn(reason: string): ErrorCode | undefined {
  return errorCodes.find((code) => reason.startsWith(`${code}: `));
}

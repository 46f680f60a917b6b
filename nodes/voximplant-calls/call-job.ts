import type { Clock } from '../../lib/core/clock';
import { createCallNames } from '../../lib/bitrix24/calls/names';
import type { Portal } from '../../lib/bitrix24/hub/hub';
import type { SyncSource } from '../../lib/sync/source';
import type { Shell } from '../runtime/shell';
import { usualFailures, type FailureOf, type PortalJob, type SyncJob } from '../runtime/sync';
import { messageOfCall } from './call-message';
import { lookAtRights } from './call-rights';
import { callSettingsIn, readsFarBack } from './call-settings';
import { createCallSource, type HistoryCall } from './call-source';
import { createNotices, type Notices } from './notices';

const NAMES_GOOD_FOR_MS = 6 * 60 * 60_000;

/** The calls of a portal as a history to be worked off. */
export function createCallJob(shell: Shell, clock: Clock): SyncJob<HistoryCall> {
  const { settings } = shell;
  const calls = callSettingsIn(settings);
  const wantsNames = settings.flag('names', true);
  const notices = createNotices(shell, clock);
  const portalNodeId = settings.text('portal');

  function open(portal: Portal): PortalJob<HistoryCall> {
    const { rest } = portal;
    const onNotice = notices.ofNames;
    const names = wantsNames
      ? createCallNames({ rest, ttlMs: NAMES_GOOD_FOR_MS, clock, onNotice })
      : undefined;
    const history = { rest, settings: calls, clock, names, onNotice: notices.ofHistory };
    const look = (): void => tellOnce(portal, notices, shell.signal);
    return {
      source: whenFirstRead(createCallSource(history), look),
      async message({ row, named }, { signal }) {
        const call = await named(signal);
        return { how: 'send', message: messageOfCall(row, call, { nodeId: portalNodeId, portal }) };
      },
    };
  }

  function tellOnce(portal: Portal, tell: Notices, signal: AbortSignal): void {
    if (readsFarBack(calls, clock.now())) tell.readsFarBack();
    // It is a hint only: when the portal does not answer, the reading says so.
    lookAtRights(portal.rest, signal).then(tell.ofRights, () => undefined);
  }

  const lateHours = settings.number('lateRecordHours', 48);
  return { type: 'voximplant-calls', kind: 'calls', lateHours, failureOf, open };
}

/** One that is gone may have been replaced, and then the row names the new one when it is read again. */
export const failureOf: FailureOf = (code, status) =>
  code === 'BITRIX_RECORDING_GONE' ? 'lost' : usualFailures(code, status);

function whenFirstRead<T>(source: SyncSource<T>, tell: () => void): SyncSource<T> {
  let isRead = false;
  return {
    ...source,
    pagesAfter(after, signal) {
      if (!isRead) tell();
      isRead = true;
      return source.pagesAfter(after, signal);
    },
  };
}

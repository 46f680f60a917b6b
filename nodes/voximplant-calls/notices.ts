import { startTimer, type Clock } from '../../lib/core/clock';
import { InvalidError } from '../../lib/core/errors';
import type { CallHistoryNotice } from '../../lib/bitrix24/calls/history';
import type { CallNamesNotice } from '../../lib/bitrix24/calls/names';
import { recordingError } from '../../lib/bitrix24/calls/recording-errors';
import type { Shell } from '../runtime/shell';
import type { CallRights } from './call-rights';

/** What a person should know of the portal and of the settings, each once in the life of the node. */
export interface Notices {
  readonly readsFarBack: () => void;
  readonly ofHistory: (notice: CallHistoryNotice) => void;
  readonly ofNames: (notice: CallNamesNotice) => void;
  readonly ofRights: (rights: CallRights) => void;
}

/** A node passes over a second warning that comes within a minute. */
const BETWEEN_MS = 61_000;

export function createNotices(shell: Shell, clock: Clock): Notices {
  const told = new Set<string>();
  const waiting: Error[] = [];
  let stopTimer: (() => void) | undefined;
  shell.onClose(() => stopTimer?.());

  function warnOnce(error: InvalidError): void {
    if (told.has(error.message)) return;
    told.add(error.message);
    waiting.push(error);
    if (!stopTimer) warnNext();
  }

  function warnNext(): void {
    const next = waiting.shift();
    stopTimer = next && startTimer(clock, BETWEEN_MS, warnNext);
    if (next) shell.warn(next);
  }

  return {
    readsFarBack: () => warnOnce(new InvalidError('BITRIX_CALLS_OLD', 'from is empty or long ago')),
    ofHistory(notice) {
      if (notice === 'dates-ignored') {
        warnOnce(new InvalidError('BITRIX_CALLS_DATES', 'the dates of the filter were passed over'));
      } else shell.log(shell.translate(`voximplant-calls.log.${notice}`));
    },
    ofNames({ who, reason }) {
      const params = { who: shell.translate(`voximplant-calls.who.${who}`), reason };
      warnOnce(new InvalidError('BITRIX_CALLS_NAMES', `no names of ${who}: ${reason}`, { params }));
    },
    ofRights({ seesAll, opensRecordings }) {
      if (opensRecordings === false) shell.report(recordingError('BITRIX_RECORDING_DENIED', 'ACCESS_DENIED'));
      if (!seesAll) warnOnce(new InvalidError('BITRIX_CALLS_PARTIAL', 'the user is no administrator'));
    },
  };
}

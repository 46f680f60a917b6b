import type { NodeAPI } from 'node-red';
import { BitlaneError, CancelledError, toError } from '../../../lib/core/errors';
import { at, textAt } from '../../../lib/core/fields';
import { unlessAborted } from '../../../lib/core/unless-aborted';
import { noRecordingCodes } from '../../../lib/speechsense/audio/verdicts';
import { haltedBy } from '../../../lib/sync/blame';
import type { SyncEnd } from '../../../lib/sync/source';
import { flowTrackerOf, type FlowOutcome } from '../flow-tracker';
import { flowsPhaseOf } from '../flows-phase';
import { packRedactor } from '../redactor';
import type { OutgoingMessage } from '../shell';
import { watchErrors } from './row-errors';

export interface RowFlowOptions {
  readonly RED: NodeAPI;
  /** Names the node in a log. */
  readonly label: string;
  readonly emit: (message: OutgoingMessage) => void;
  readonly failureOf: FailureOf;
}

/**
 * What an error of the pack means for a row; undefined: another try may go well. lost: what is to come was there once,
 * so that it may never come again. The status is that of the service's answer.
 */
export type FailureOf = (code: string, status?: number) => 'late' | 'lost' | 'final' | 'halt' | undefined;

/** Counted from the last activity: a long recording takes its time on a slow line. */
const TIMEOUT_MS = 60 * 60_000;
const HARD_CAP_MS = 6 * TIMEOUT_MS;

/** Starts a flow with the message of a row, and resolves with how the flow has ended. */
export function createRowFlow({ RED, label, emit, failureOf }: RowFlowOptions) {
  const tracker = flowTrackerOf(RED);
  const phase = flowsPhaseOf(RED);

  return async (message: OutgoingMessage, signal: AbortSignal): Promise<SyncEnd> => {
    // Nodes that the flow leads to may not be there yet. Those that close are not waited for: a deploy waits for them.
    if (!phase.isSettled()) await unlessAborted(phase.settled(), signal);
    if (signal.aborted) throw new CancelledError();
    return new Promise((resolve) => {
      const errors = watchErrors(RED, message);
      const onEnd = (outcome: FlowOutcome): void => {
        // The tracker may have heard of the last node before whoever notes its error has.
        setImmediate(() => {
          resolve(endOf(outcome, errors.first(), failureOf));
          errors.forget();
        });
      };
      tracker.track(message, { label, timeoutMs: TIMEOUT_MS, hardCapMs: HARD_CAP_MS, onEnd });
      emit(message);
    });
  };
}

const noEnd =
  'the flow did not end in time, so nobody knows what became of it: see to it that every node of the flow ends (a Function node calls node.done(), a request has a timeout)';

/** What the end of a flow means for its row. `noted`: an error that a Catch node has taken, maybe. */
export function endOf({ how, error }: FlowOutcome, noted: unknown, failureOf: FailureOf): SyncEnd {
  if (how === 'interrupted') return { how };
  if (how === 'failed') return failure(error, error?.message ?? '', failureOf);
  if (noted !== undefined) return failure(noted, packRedactor.text(toError(noted).message), failureOf);
  // Whoever took this for a good end would lose the row when it fails later.
  return how === 'unknown' ? { how: 'failed', reason: noEnd } : { how };
}

/** Of a row whose message could not be made. */
export function endOfRefusal(thrown: unknown, failureOf: FailureOf): SyncEnd {
  if (thrown instanceof CancelledError) return { how: 'interrupted' };
  const error = toError(thrown);
  return failure(
    error instanceof BitlaneError ? error : undefined,
    packRedactor.text(error.message),
    failureOf,
  );
}

function failure(error: unknown, message: string, failureOf: FailureOf): SyncEnd {
  const code = textAt(error, 'code');
  const status = at(error, 'status');
  const meaning =
    code === undefined ? undefined : failureOf(code, typeof status === 'number' ? status : undefined);
  if (meaning === 'late' || meaning === 'lost') return { how: 'late', isLost: meaning === 'lost' };
  const reason = [code, message].filter((part) => part !== undefined && part !== '').join(': ');
  if (meaning === 'halt') return { how: 'halted', error: haltedBy(reason) };
  return {
    how: 'failed',
    reason: reason === '' ? 'an error in the flow' : reason,
    isFinal: meaning === 'final',
  };
}

/** Of an upload whose end is unclear, a later look finds the talk, or a person says what is to become of it. */
const laterCodes: ReadonlySet<string> = new Set(['BITRIX_RECORDING_NOT_READY', 'SPEECHSENSE_UNCERTAIN']);
/** The same row would fail in the same way. */
const finalCodes: ReadonlySet<string> = new Set([
  ...['INPUT_INVALID', 'ADDRESS_REFUSED', 'BITRIX_REFUSED', 'BITRIX_RECORDING_DENIED'],
  ...['SPEECHSENSE_FIELD', 'SPEECHSENSE_FIELD_MISSING', 'SPEECHSENSE_TOO_LARGE'],
]);

/** It would be the same with every other row, until somebody has seen to it. */
const halting: ReadonlySet<string> = new Set([
  ...['SPEECHSENSE_AUTH', 'SPEECHSENSE_KEY_FILE', 'SPEECHSENSE_DENIED', 'SPEECHSENSE_NOT_FOUND'],
  ...['SPEECHSENSE_HOST', 'SPEECHSENSE_TLS', 'SPEECHSENSE_QUOTA'],
  ...['BITRIX_AUTH', 'BITRIX_APP_LOST', 'BITRIX_APP_KEYS', 'BITRIX_APP_UNPAID', 'BITRIX_PLAN'],
  ...['BITRIX_OVERLOADED', 'BITRIX_MOVED', 'BITRIX_CONFIRM'],
  ...['CONFIG_MISSING', 'CONFIG_EMPTY', 'CONFIG_INVALID', 'CONFIG_UNUSABLE', 'VARIABLE_UNSET'],
  ...['STORE_UNAVAILABLE', 'STORE_LOCKED'],
]);

export const usualFailures: FailureOf = (code, status = 0) => {
  if (laterCodes.has(code)) return 'late';
  if (halting.has(code)) return 'halt';
  // A service that has broken down refuses nothing, and a recording may come, or come whole, the next time.
  if (status >= 500 || code === 'AUDIO_CUT' || noRecordingCodes.has(code)) return undefined;
  return finalCodes.has(code) || code.startsWith('AUDIO_') ? 'final' : undefined;
};

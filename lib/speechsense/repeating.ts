import { UnreachableError } from '../core/errors';
import { retryDelay, type RetryDecision } from '../core/retry';
import { CallFailure } from './call-failure';
import { SourceFailure } from './recording-reader';
import { patientPauses, retryRow, triesOf, type RetryRow } from './retry-table';

export interface Repeating {
  /** Whether there is another try after this, and when. */
  decide(error: unknown): RetryDecision;
}

export interface RepeatingOptions {
  /** A token that was refused can be exchanged for another. */
  readonly canRenew: boolean;
  readonly random?: (() => number) | undefined;
}

export function createRepeating({ canRenew, random }: RepeatingOptions): Repeating {
  const failures = new Map<RetryRow['repeat'], number>();

  function decide(error: unknown): RetryDecision {
    const repeat = repeatOf(error);
    const failed = (failures.get(repeat) ?? 0) + 1;
    failures.set(repeat, failed);
    if (failed >= triesOf[repeat]) return 'final';
    if (repeat === 'renew') return canRenew ? { afterMs: 0 } : 'final';
    if (repeat === 'patient') return { afterMs: retryDelay(patientPauses, failed, random) };
    return 'retry';
  }

  return { decide };
}

function repeatOf(error: unknown): RetryRow['repeat'] {
  if (error instanceof CallFailure) return retryRow(error).repeat;
  if (error instanceof SourceFailure) return error.isPassing ? 'usual' : 'never';
  // The exchange of the key file for a token.
  return error instanceof UnreachableError && error.code === 'SPEECHSENSE_UNREACHABLE' ? 'usual' : 'never';
}

import { RefusedError, UnreachableError, type ErrorCode } from '../../core/errors';

type RecordingCode = Extract<ErrorCode, `BITRIX_RECORDING_${string}`>;

/** None of the texts here holds an address: a link of the drive has a token in it. */
export function recordingError(code: RecordingCode, reason: string, status?: number): RefusedError {
  return new RefusedError(code, `the recording was not given: ${reason}`, {
    ...(status !== undefined && { status }),
    serviceCode: reason,
    params: { reason },
  });
}

/**
 * What came in the place of the recording says nothing about it: whoever has the file is broken, overloaded, or sends
 * pages. Every recording ends like this meanwhile, so none of them may be taken for one that is still to come.
 */
export function noAnswerFor(reason: string): UnreachableError {
  return new UnreachableError('BITRIX_UNREACHABLE', `the recording was not given: ${reason}`, {
    sent: false,
    params: { reason },
  });
}

import { BitlaneError, RefusedError, type ErrorCode } from '../../core/errors';

type RecordingCode = Extract<ErrorCode, `BITRIX_RECORDING_${string}`>;

/** None of the texts here holds an address: a link of the drive has a token in it. */
export function recordingError(code: RecordingCode, reason: string, status?: number): RefusedError {
  return new RefusedError(code, `the recording was not given: ${reason}`, {
    ...(status !== undefined && { status }),
    serviceCode: reason,
    params: { reason },
  });
}

/** The recording may be there later: it is not attached yet, or was replaced, and then the row names the new one. */
export function isRecordingLate(error: unknown): boolean {
  if (!(error instanceof BitlaneError)) return false;
  return error.code === 'BITRIX_RECORDING_NOT_READY' || error.code === 'BITRIX_RECORDING_GONE';
}

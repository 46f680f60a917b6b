import { InvalidError, type ErrorCode } from '../../core/errors';

type Verdict = Extract<ErrorCode, `AUDIO_${string}`>;

/** No talk can be made of these bytes, whenever they are sent. */
export function verdict(
  code: Verdict,
  message: string,
  params: Readonly<Record<string, string | number>> = {},
): InvalidError {
  return new InvalidError(code, message, { params });
}

/** A page or nothing came in the place of the recording: at another time there may be one. */
export const noRecordingCodes: ReadonlySet<string> = new Set<Verdict>(['AUDIO_NOT_RECORDING', 'AUDIO_EMPTY']);

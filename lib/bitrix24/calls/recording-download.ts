import type { Readable } from 'node:stream';
import type { HttpClient, HttpStreamResponse } from '../../core/http';
import { dispositionName } from '../files/content-disposition';
import { getFile, lengthIn } from '../files/get-file';
import { errorIn, peek } from '../files/peek';
import { noAnswerFor, recordingError } from './recording-errors';

export interface RecordingRequest {
  readonly http: HttpClient;
  readonly maxBytes: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ReceivedRecording {
  /** To be read to its end or destroyed. */
  readonly stream: Readable;
  readonly bytes: number | undefined;
  readonly name: string | undefined;
  /** The media type its server gives it, in lower case. */
  readonly type: string | undefined;
}

const deniedCodes = /denied|forbidden|auth|token|credential/i;
const goneCodes = /not_?found/i;

/** The bytes, once it is certain that they are not a page or an error message. */
export async function download(link: string, request: RecordingRequest): Promise<ReceivedRecording> {
  const response = await getFile(link, request);
  try {
    await refuseOtherThanAudio(response);
  } catch (error) {
    response.body.destroy();
    throw error;
  }
  const { headers, body } = response;
  return {
    stream: body,
    bytes: lengthIn(headers),
    name: dispositionName(headers['content-disposition']),
    type: /^\s*([\w.+-]+\/[\w.+-]+)/.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase(),
  };
}

async function refuseOtherThanAudio({ status, body }: HttpStreamResponse): Promise<void> {
  if (status < 200 || status > 299) throw ofStatus(status);
  const start = await peek(body);
  if (start.length === 0) throw recordingError('BITRIX_RECORDING_NOT_READY', 'EMPTY', status);
  if (!isText(start)) return;
  const reason = errorIn(start);
  if (reason === undefined) throw noAnswerFor('PAGE');
  throw ofServiceCode(reason, status);
}

function ofStatus(status: number): Error {
  const reason = `HTTP ${status}`;
  if (status === 401 || status === 403) return recordingError('BITRIX_RECORDING_DENIED', reason, status);
  if (status === 404 || status === 410) return recordingError('BITRIX_RECORDING_GONE', reason, status);
  return noAnswerFor(reason);
}

function ofServiceCode(reason: string, status: number): Error {
  if (deniedCodes.test(reason)) return recordingError('BITRIX_RECORDING_DENIED', reason, status);
  if (goneCodes.test(reason)) return recordingError('BITRIX_RECORDING_GONE', reason, status);
  return noAnswerFor(reason);
}

/** No sound begins like HTML or JSON. */
function isText(start: Buffer): boolean {
  return /^[\s\uFEFF]*[<{[]/.test(start.subarray(0, 64).toString('utf8'));
}

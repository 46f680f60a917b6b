import type { Readable } from 'node:stream';
import { addressRefusal } from '../../core/address-rules';
import { CancelledError, RefusedError, UnreachableError } from '../../core/errors';
import { idAt, textAt } from '../../core/fields';
import { createHttpClient, type HttpClient } from '../../core/http';
import type { PortalRest } from '../rest/portal';
import { USER_AGENT } from '../../core/user-agent';
import type { Call } from './call';
import { download, type ReceivedRecording } from './recording-download';
import { noAnswerFor, recordingError } from './recording-errors';

/** Four hours, the longest that SpeechSense takes, in the largest format that it takes. */
export const LARGEST_RECORDING_BYTES = 3 * 1024 ** 3;

export interface RecordingAccess {
  readonly portal: { readonly rest: Pick<PortalRest, 'call'>; readonly origin: string };
  /** Goes to the portal itself and to public addresses: of `createFileHttp`. */
  readonly http: HttpClient;
  /** For addresses that a telephony provider has named: of `createProviderHttp`. As `http` when left out. */
  readonly providerHttp?: HttpClient | undefined;
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface OpenedRecording {
  /** To be read to its end or destroyed. Fails when it is longer than allowed, or breaks off. */
  readonly stream: Readable;
  /** How long it should be, by the drive's word or the server's. */
  readonly bytes?: number;
  readonly name?: string;
  /** The media type its server gives it, which often is wrong. */
  readonly type?: string;
}

export type RecordedCall = Pick<Call, 'recordFileId' | 'recordUrl'>;

/**
 * The sound of a call: from the portal's drive, and when that has nothing, refuses or is out of order, from the address
 * that came with the call. The drive is asked only now, because its links age.
 */
export async function openCallRecording(
  call: RecordedCall,
  access: RecordingAccess,
): Promise<OpenedRecording> {
  const { recordFileId, recordUrl } = call;
  if (recordFileId === undefined) {
    if (recordUrl === undefined) throw recordingError('BITRIX_RECORDING_NOT_READY', 'NO_RECORD');
    return opened(await fromProvider(recordUrl, access));
  }
  try {
    return opened(await fromDrive(recordFileId, access));
  } catch (error) {
    if (recordUrl === undefined || !mayBeElsewhere(error)) throw error;
    return fromProvider(recordUrl, access).then(opened, (ofProvider: unknown) => {
      // What is wrong with the drive is what a person can mend.
      throw ofProvider instanceof CancelledError ? ofProvider : error;
    });
  }
}

function mayBeElsewhere(error: unknown): boolean {
  return error instanceof RefusedError || error instanceof UnreachableError;
}

function opened({ stream, bytes, name, type }: ReceivedRecording): OpenedRecording {
  return {
    stream,
    ...(bytes !== undefined && { bytes }),
    ...(name !== undefined && { name }),
    ...(type !== undefined && { type }),
  };
}

async function fromDrive(fileId: number, access: RecordingAccess): Promise<ReceivedRecording> {
  const card = await askDrive(fileId, access);
  try {
    return await fetchFile(card, access);
  } catch (error) {
    if (!isCuredByNewLink(error)) throw error;
  }
  return fetchFile(await askDrive(fileId, access), access);
}

/** 401, HTML or JSON instead of sound: the link was good once. An empty file is empty by any link. */
function isCuredByNewLink(error: unknown): boolean {
  if (error instanceof UnreachableError) return error.code === 'BITRIX_UNREACHABLE';
  return error instanceof RefusedError && error.serviceCode !== 'EMPTY';
}

async function fetchFile(card: DriveFile, access: RecordingAccess): Promise<ReceivedRecording> {
  const { portal, http, signal, maxBytes = LARGEST_RECORDING_BYTES } = access;
  // Without these the portal's file server answers as if there were no such file.
  const headers = { 'Accept-Language': '*', Referer: `${portal.origin}/` };
  const received = await download(card.link, { http, signal, maxBytes, headers });
  return { ...received, bytes: card.size ?? received.bytes, name: card.name ?? received.name };
}

interface DriveFile {
  readonly link: string;
  readonly size: number | undefined;
  readonly name: string | undefined;
}

async function askDrive(fileId: number, { portal, signal }: RecordingAccess): Promise<DriveFile> {
  const asked = portal.rest.call('disk.file.get', { id: fileId }, { idempotent: true, signal });
  const card = await asked.catch((error: unknown) => {
    throw ofDrive(error);
  });
  if ((idAt(card, 'DELETED_TYPE') ?? 0) > 0) throw recordingError('BITRIX_RECORDING_GONE', 'IN_TRASH');
  const link = textAt(card, 'DOWNLOAD_URL');
  if (link === undefined) throw noAnswerFor('NO_LINK');
  return { link, size: idAt(card, 'SIZE') || undefined, name: textAt(card, 'NAME') };
}

/** The folder of recordings is closed to everybody but administrators, and each file's own operator. */
function ofDrive(error: unknown): unknown {
  if (!(error instanceof RefusedError) || error.code === 'BITRIX_PLAN') return error;
  const { serviceCode = '', status } = error;
  if (serviceCode === 'ACCESS_DENIED') return recordingError('BITRIX_RECORDING_DENIED', serviceCode, status);
  if (serviceCode === 'ERROR_NOT_FOUND') return recordingError('BITRIX_RECORDING_GONE', serviceCode, status);
  return error;
}

async function fromProvider(address: string, access: RecordingAccess): Promise<ReceivedRecording> {
  const { http, providerHttp = http, signal, maxBytes = LARGEST_RECORDING_BYTES } = access;
  if (!URL.canParse(address)) {
    throw addressRefusal('unreadable', '', 'the address of the recording cannot be read');
  }
  return download(address, { http: providerHttp, signal, maxBytes });
}

export interface ProviderHttpOptions {
  /** Recordings may lie in the network of one's own telephone system. */
  readonly allowPrivateNetwork?: boolean | undefined;
  readonly ca?: string | undefined;
}

/** For addresses that come in the statistics: whoever writes them there must not lead us into the local network. */
export function createProviderHttp({
  allowPrivateNetwork = false,
  ca,
}: ProviderHttpOptions = {}): HttpClient {
  return createHttpClient({
    policy: {
      ...(allowPrivateNetwork ? { origin: 'configured', allowPrivateNetwork } : { origin: 'received' }),
      // Many telephony servers know nothing else, and the request tells them nothing.
      allowPlainHttp: true,
    },
    userAgent: USER_AGENT,
    timeoutMs: 60_000,
    maxResponseBytes: LARGEST_RECORDING_BYTES,
    ca,
  });
}

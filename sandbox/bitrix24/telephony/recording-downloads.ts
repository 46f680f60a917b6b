import type http from 'node:http';
import { sendJson, type ReceivedRequest } from '../../shared/http-listener';
import { loginPage } from '../failing';
import type { Params } from '../../shared/params';
import type { FaultKind } from '../faults';
import { recordPieces, recordSize, type Recordings } from './recordings';
import { sendPieces, type SendingFault } from './send-pieces';

/** How recordings are handed out. */
export interface DownloadManners {
  /** How long a link is good. */
  linkSeconds: number;
  /** What an aged link gives: 401, or the login page with 200. */
  agedLinks: 'refused' | 'page';
  tellsLength: boolean;
  /** Infinity: as fast as it is read. */
  bytesPerSecond: number;
}

export const usualManners: DownloadManners = {
  linkSeconds: 600,
  agedLinks: 'refused',
  tellsLength: true,
  bytesPerSecond: Infinity,
};

export interface RecordingDownloads {
  /** False when the link is none of a recording. */
  serve: (
    request: ReceivedRequest,
    response: http.ServerResponse,
    fault: SendingFault | undefined,
  ) => boolean;
  /** What the call log shows of it. */
  named: (request: ReceivedRequest) => Params;
  /** What the next requests for the recording of one call meet, beside `failNext`. */
  breakCall: (callRow: number, fault: FaultKind, times: number) => void;
  faultOf: (request: ReceivedRequest) => FaultKind | undefined;
  /** How often a whole recording of each call left, by row id. */
  sent: ReadonlyMap<number, number>;
}

export function createRecordingDownloads(
  recordings: Recordings,
  manners: () => DownloadManners,
): RecordingDownloads {
  const broken = new Map<number, { fault: FaultKind; left: number }>();
  const sent = new Map<number, number>();
  const linked = ({ url }: ReceivedRequest): ReturnType<Recordings['ofLink']> =>
    recordings.ofLink(url.searchParams.get('token') ?? '');

  return {
    serve(request, response, fault) {
      const found = linked(request);
      if (!found) return false;
      const { agedLinks, tellsLength, bytesPerSecond } = manners();
      const { call, record, isAged } = found;
      if (isAged) {
        refuseAged(response, agedLinks);
        return true;
      }
      const size = recordSize(record);
      const headers = {
        'Content-Type': record.bytes ? 'application/octet-stream' : 'audio/wav',
        'Content-Disposition': `attachment; filename="${record.name.replace(/[^\x20-\x7e]|["\\]/g, '_')}"`,
      };
      const ended = (): void => {
        if (fault === undefined) sent.set(call.id, (sent.get(call.id) ?? 0) + 1);
      };
      const sending = { size, headers, tellsLength, bytesPerSecond, fault, ended };
      sendPieces(response, recordPieces(record, call), sending).catch(() => response.destroy());
      return true;
    },
    named(request) {
      const fileId = linked(request)?.record.fileId;
      return fileId === undefined ? {} : { fileId };
    },
    breakCall(callRow, fault, times) {
      broken.set(callRow, { fault, left: times });
    },
    faultOf(request) {
      const found = broken.get(linked(request)?.call.id ?? 0);
      if (!found || found.left <= 0) return undefined;
      found.left -= 1;
      return found.fault;
    },
    sent,
  };
}

function refuseAged(response: http.ServerResponse, form: DownloadManners['agedLinks']): void {
  if (form === 'refused') {
    return sendJson(response, 401, {
      error: 'expired_token',
      error_description: 'The access token provided has expired.',
    });
  }
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(loginPage);
}

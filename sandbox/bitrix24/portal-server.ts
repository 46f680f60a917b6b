import type http from 'node:http';
import { readPath } from './callers';
import type { CallLog } from './call-log';
import type { Downloads } from './downloads';
import { failRequest, faultName, isPerformed } from './failing';
import type { FaultKind, Faults } from './faults';
import { sendJson, type Answerer, type ReceivedRequest } from '../shared/http-listener';
import { isMap } from '../shared/params';
import { requestParams } from './request-params';
import { shownAuth, type RestReply, type RestRequest } from './rest-router';
import type { RecordingDownloads } from './telephony/recording-downloads';
import type { SendingFault } from './telephony/send-pieces';

export interface Pages {
  /** Answers what is no method. False when the address is none of its own. */
  serve: (request: ReceivedRequest, response: http.ServerResponse) => boolean;
}

export interface ServerParts {
  rest: (request: RestRequest) => RestReply;
  pages: Pages;
  downloads: Downloads;
  recordings: RecordingDownloads;
  faults: Faults;
  log: CallLog;
  now: () => number;
  /** Where the portal has moved to, seen from the address that was called. */
  movedTo: () => string | undefined;
  counted: () => number;
}

export function createPortalServer(parts: ServerParts): Answerer {
  return (request, response) => {
    const number = parts.counted();
    const newOrigin = parts.movedTo();
    if (newOrigin !== undefined) return redirect(response, `${newOrigin}${request.target}`);
    if (isDownload(request.url.pathname)) return download(parts, request, response, number);
    const path = readPath(request.url.pathname);
    if (!path) {
      if (!parts.pages.serve(request, response)) notFound(response);
      return;
    }
    const restRequest = { ...readRequest(request), path, number };
    const fault = parts.faults.take(path.method);
    const perform = (): RestReply => parts.rest(restRequest);
    if (fault === undefined) {
      const { status, body } = perform();
      return sendJson(response, status, body);
    }
    if (!isPerformed(fault)) noteFault(parts, restRequest, fault);
    failRequest(fault, request, response, perform);
  };
}

function isDownload(pathname: string): boolean {
  return /^\/rest\/(?:\d+\/[^/]+\/)?download(?:\.json)?\/?$/.test(pathname);
}

function download(
  parts: ServerParts,
  request: ReceivedRequest,
  response: http.ServerResponse,
  number: number,
): void {
  const { downloads, recordings } = parts;
  const fault = parts.faults.take('download') ?? recordings.faultOf(request);
  if (fault === undefined || isSendingFault(fault)) {
    if (!recordings.serve(request, response, fault)) downloads.serve(request, response, fault);
  } else failRequest(fault, request, response, () => ({ status: 200, body: {} }));
  parts.log.add({
    method: 'download',
    params: recordings.named(request),
    status: response.headersSent ? response.statusCode : 0,
    ...(fault === undefined ? {} : { fault: faultName(fault) }),
    auth: 'none',
    inBatch: false,
    httpRequest: number,
    httpMethod: request.method,
    userAgent: request.headers['user-agent'] ?? '',
    at: parts.now(),
  });
}

function isSendingFault(fault: FaultKind): fault is SendingFault {
  return fault === 'cut' || fault === 'short' || fault === 'stall';
}

function readRequest(request: ReceivedRequest): Omit<RestRequest, 'path' | 'number'> {
  return {
    params: requestParams(request),
    source: request.source,
    httpMethod: request.method,
    userAgent: request.headers['user-agent'] ?? '',
  };
}

function noteFault(parts: ServerParts, request: RestRequest, fault: FaultKind): void {
  const status = typeof fault === 'object' && 'status' in fault ? fault.status : statusWithoutError(fault);
  const error = typeof fault === 'object' && 'error' in fault ? { error: fault.error } : {};
  parts.log.add({
    method: request.path.method,
    params: isMap(request.params) ? request.params : {},
    status,
    ...error,
    fault: faultName(fault),
    auth: shownAuth(request),
    inBatch: false,
    httpRequest: request.number,
    httpMethod: request.httpMethod,
    userAgent: request.userAgent,
    at: parts.now(),
  });
}

function statusWithoutError(fault: FaultKind): number {
  if (typeof fault === 'object') return 302;
  return fault === 'html' || fault === 'empty' ? 200 : 0;
}

function redirect(response: http.ServerResponse, location: string): void {
  response.writeHead(302, { Location: location });
  response.end();
}

function notFound(response: http.ServerResponse): void {
  response.writeHead(404, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end('<html><head><title>404 Not Found</title></head><body>nginx</body></html>');
}

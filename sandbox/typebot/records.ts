import type http from 'node:http';
import type { ReceivedRequest } from '../shared/http-listener';
import type { EndpointName } from './call';

const mask = '***';

export interface RequestRecord {
  /** Undefined: an address that the server does not know. */
  endpoint: EndpointName | undefined;
  method: string;
  /** With its query. */
  target: string;
  /** The server's own token is hidden. */
  headers: http.IncomingHttpHeaders;
  /** The JSON body; for an upload its size. */
  body: unknown;
  bot: string | undefined;
  sessionId: string | undefined;
  /** Other calls that were at work on the session when this one came. */
  overlapping: number;
  /** What was ordered for this call. */
  scenario: string | undefined;
  /** 0 as long as there is no answer, and when there never was one. */
  status: number;
  /** The message of the refusal. */
  error: string | undefined;
  /** What was sent back, where that is JSON. */
  answer: unknown;
  /** The connection ended before the answer was whole. */
  brokenOff: boolean;
  /** Nothing more will happen to it. */
  ended: boolean;
  at: number;
}

export function openRecord(
  request: ReceivedRequest,
  response: http.ServerResponse,
  { token, at, noted }: { token: string; at: number; noted: (record: RequestRecord) => void },
): RequestRecord {
  const record: RequestRecord = {
    endpoint: undefined,
    method: request.method,
    target: request.target,
    headers: withoutToken(request.headers, token),
    body: undefined,
    bot: undefined,
    sessionId: undefined,
    overlapping: 0,
    scenario: undefined,
    status: 0,
    error: undefined,
    answer: undefined,
    brokenOff: false,
    ended: false,
    at,
  };
  response.once('close', () => {
    record.status = response.headersSent ? response.statusCode : 0;
    record.brokenOff = !response.writableFinished;
    record.ended = true;
    noted(record);
  });
  return record;
}

function withoutToken(headers: http.IncomingHttpHeaders, token: string): http.IncomingHttpHeaders {
  const { authorization } = headers;
  return authorization === undefined
    ? headers
    : { ...headers, authorization: authorization.replaceAll(token, mask) };
}

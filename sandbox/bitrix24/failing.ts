import type http from 'node:http';
import { isErrorFault, type FaultKind } from './faults';
import { sendJson, type ReceivedRequest } from '../shared/http-listener';
import type { RestReply } from './rest-router';

/** What a portal shows a browser that has not logged in. */
export const loginPage =
  '<!DOCTYPE html><html><head><title>Authorization</title></head><body>Please log in</body></html>';

/** Answers a request in the ordered wrong way. `perform` does what was asked for. */
export function failRequest(
  kind: FaultKind,
  request: ReceivedRequest,
  response: http.ServerResponse,
  perform: () => RestReply,
): void {
  if (isErrorFault(kind)) {
    const { status, error, error_description = '', headers = {} } = kind;
    return sendJson(response, status, { error, error_description }, headers);
  }
  if (typeof kind === 'object') {
    const location =
      new URL(kind.redirectTo).pathname === '/'
        ? new URL(request.target, kind.redirectTo).href
        : kind.redirectTo;
    response.writeHead(302, { Location: location });
    response.end();
    return;
  }
  plainFaults[kind](response, perform);
}

const plainFaults: Readonly<
  Record<Extract<FaultKind, string>, (response: http.ServerResponse, perform: () => RestReply) => void>
> = {
  reset: (response) => {
    response.destroy();
  },
  hang: () => undefined,
  html: (response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end(loginPage);
  },
  empty: (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end();
  },
  cut: (response, perform) => {
    const text = JSON.stringify(perform().body);
    const whole = Buffer.byteLength(text);
    response.writeHead(200, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': String(whole),
    });
    response.write(text.slice(0, text.length / 2), () => response.destroy());
  },
  short: (response, perform) => {
    const text = JSON.stringify(perform().body);
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(text.slice(0, text.length / 2));
  },
  stall: (response, perform) => {
    const text = JSON.stringify(perform().body);
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
    response.write(text.slice(0, text.length / 2));
  },
  'answer-lost': (response, perform) => {
    perform();
    response.destroy();
  },
};

/** Whether the call is done although its answer does not arrive. */
export function isPerformed(kind: FaultKind): boolean {
  return kind === 'cut' || kind === 'short' || kind === 'stall' || kind === 'answer-lost';
}

export function faultName(kind: FaultKind): string {
  if (typeof kind === 'string') return kind;
  return isErrorFault(kind) ? kind.error : 'redirect';
}

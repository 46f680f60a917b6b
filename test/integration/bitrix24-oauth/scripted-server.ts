import type http from 'node:http';
import { startHttp, type LoopbackServer } from '../../unit/core/loopback';
import type { Started } from '../sandbox-portal/support';

export interface ScriptedRequest {
  path: string;
  body: string;
}

export interface ScriptedServer extends LoopbackServer {
  readonly host: string;
  readonly requests: readonly ScriptedRequest[];
}

/** An auth server that says what the test wants; for answers that the stand-in never gives. */
export async function startScripted(
  start: Started,
  answer: (response: http.ServerResponse, request: ScriptedRequest, number: number) => void,
): Promise<ScriptedServer> {
  const requests: ScriptedRequest[] = [];
  const server = await startHttp((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = { path: incoming.url ?? '', body: Buffer.concat(chunks).toString('utf8') };
      requests.push(request);
      answer(response, request, requests.length);
    });
  });
  start.keep(server);
  return { ...server, host: new URL(server.origin).host, requests };
}

export function json(response: http.ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

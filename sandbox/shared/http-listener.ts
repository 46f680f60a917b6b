import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  url: URL;
  /** Path and query as sent. */
  target: string;
  method: string;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
  source: string;
}

export interface Listener {
  origin: string;
  domain: string;
  stop: () => Promise<void>;
}

export type Answerer = (request: ReceivedRequest, response: http.ServerResponse) => void;

/** On the wished port, or on any free one. */
export async function listen(answer: Answerer, port = 0): Promise<Listener> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => response.destroy());
    request.on('end', () => answerSafely(answer, request, Buffer.concat(chunks), response));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const domain = `127.0.0.1:${portOf(server.address())}`;
  return { domain, origin: `http://${domain}`, stop: () => closed(server) };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

function closed(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export function sendJson(response: http.ServerResponse, status: number, body: unknown, headers = {}): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
  response.end(text);
}

/** A fault of the stand-in must not bring the test's process down: it shows as a 500 with its reason. */
function answerSafely(
  answer: Answerer,
  request: http.IncomingMessage,
  body: Buffer,
  response: http.ServerResponse,
): void {
  const target = request.url ?? '/';
  try {
    const url = new URL(target, 'http://portal.invalid');
    const source = request.socket.remoteAddress ?? '';
    answer(
      { url, target, method: request.method ?? 'GET', headers: request.headers, body, source },
      response,
    );
  } catch (thrown) {
    const reason = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    if (!response.headersSent)
      sendJson(response, 500, { error: 'INTERNAL_SERVER_ERROR', error_description: reason });
  }
}

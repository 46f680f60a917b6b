import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { at } from '../../../lib/core/fields';

/** Stands before a portal and takes the filters out of what is asked of its call history, but for the ids. */
export interface ForgetfulPortal {
  readonly webhookUrl: string;
  stop(): Promise<void>;
}

export async function startForgetfulPortal(webhookUrl: string): Promise<ForgetfulPortal> {
  const target = new URL(webhookUrl);
  const server = createServer((incoming, outgoing) => {
    readAll(incoming).then(
      (body) => pass(incoming, outgoing, withoutFilters(body, incoming.url ?? '')),
      () => outgoing.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;

  function pass(incoming: IncomingMessage, outgoing: ServerResponse, body: Buffer): void {
    const headers = { ...incoming.headers, host: target.host, 'content-length': String(body.length) };
    const { method, url: path } = incoming;
    const asked = request({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    asked.on('error', () => outgoing.destroy());
    asked.end(body);
  }

  return {
    webhookUrl: `http://127.0.0.1:${port}${target.pathname}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function withoutFilters(body: Buffer, path: string): Buffer {
  if (!/voximplant\.statistic\.get|\/batch/.test(path) || body.length === 0) return body;
  const asked: unknown = JSON.parse(body.toString());
  if (typeof asked !== 'object' || asked === null) return body;
  const commands: unknown = at(asked, 'cmd');
  if (typeof commands === 'object' && commands !== null) {
    const cmd = Object.fromEntries(
      Object.entries(commands).map(([key, command]) => [key, withoutFilterPairs(String(command))]),
    );
    return Buffer.from(JSON.stringify({ ...asked, cmd }));
  }
  return Buffer.from(JSON.stringify({ ...asked, FILTER: onlyIds(at(asked, 'FILTER')) }));
}

function onlyIds(filter: unknown): object {
  const kept = typeof filter === 'object' && filter !== null ? Object.entries(filter) : [];
  return Object.fromEntries(kept.filter(([key]) => /^\W*ID$/.test(key)));
}

function withoutFilterPairs(command: string): string {
  const [method = '', query = ''] = command.split('?');
  if (method !== 'voximplant.statistic.get') return command;
  const kept = query
    .split('&')
    .filter(
      (pair) =>
        !/^FILTER/.test(decodeURIComponent(pair)) || /^FILTER\[\W*ID\]/.test(decodeURIComponent(pair)),
    );
  return `${method}?${kept.join('&')}`;
}

function readAll(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => void chunks.push(chunk));
    incoming.on('end', () => resolve(Buffer.concat(chunks)));
    incoming.on('error', reject);
  });
}

import { once } from 'node:events';
import http from 'node:http';

export interface FileServer {
  readonly origin: string;
  /** Requests so far. */
  readonly asked: string[];
  /** Answers that were closed by the other side before their end. */
  readonly left: () => number;
}

export type Answer = (response: http.ServerResponse, request: http.IncomingMessage) => void;

/** Servers of files on loopback, each stopped after its test. */
export function fileServers(): (answer: Answer) => Promise<FileServer> {
  const running: http.Server[] = [];
  afterEach(async () => {
    for (const server of running.splice(0)) {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    }
  });
  return async (answer) => {
    const asked: string[] = [];
    let left = 0;
    const server = http.createServer((request, response) => {
      asked.push(request.url ?? '');
      response.on('close', () => (left += response.writableFinished ? 0 : 1));
      answer(response, request);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    running.push(server);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the file server has no port');
    return { origin: `http://127.0.0.1:${address.port}`, asked, left: () => left };
  };
}

/** Posts forms as cheaply as can be: on bare sockets that stay open, so that the load costs less than what it measures. */
import { connect, type Socket } from 'node:net';

export interface Poster {
  /** Resolves when the whole answer is there; rejects unless it is a 200. */
  post(body: string): Promise<void>;
  close(): void;
}

interface Line {
  isOpen(): boolean;
  post(body: string): Promise<void>;
  close(): void;
}

/** The server closed a line that was not used for a while, perhaps just as it was to be used again. */
class LineClosed extends Error {}

export function createPoster(url: string): Poster {
  const { hostname, port, pathname, host } = new URL(url);
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    'User-Agent: Bitrix24 Webhook Engine',
    'Content-Type: application/x-www-form-urlencoded',
    'Content-Length: ',
  ].join('\r\n');
  const free: Line[] = [];
  const all = new Set<Line>();

  function openLine(): Line {
    const line = createLine(connect({ host: hostname, port: Number(port), noDelay: true }), head);
    all.add(line);
    return line;
  }

  return {
    async post(body) {
      const used = free.pop();
      const line = used?.isOpen() === true ? used : openLine();
      try {
        await line.post(body);
        free.push(line);
      } catch (error) {
        if (line !== used || !(error instanceof LineClosed)) throw error;
        await openLine().post(body);
      }
    },
    close() {
      for (const line of all) line.close();
    },
  };
}

/** One connection, one request at a time. */
function createLine(socket: Socket, head: string): Line {
  let received = '';
  let settle: ((error?: Error) => void) | undefined;
  const end = (error?: Error): void => {
    received = '';
    const told = settle;
    settle = undefined;
    told?.(error);
  };
  socket.setEncoding('latin1');
  socket.on('data', (piece: string) => {
    received += piece;
    if (!isWhole(received)) return;
    const [status] = /\d{3}/.exec(received.slice(8, 13)) ?? [];
    end(status === '200' ? undefined : new Error(`the event was answered with ${status}`));
  });
  socket.on('error', () => undefined);
  socket.on('close', () => end(new LineClosed('the connection was closed')));
  return {
    isOpen: () => socket.writable,
    post: (body) =>
      new Promise((resolve, reject) => {
        settle = (error) => (error ? reject(error) : resolve());
        socket.write(`${head}${body.length}\r\n\r\n${body}`, 'latin1');
      }),
    close: () => socket.destroy(),
  };
}

function isWhole(answer: string): boolean {
  const endOfHead = answer.indexOf('\r\n\r\n');
  if (endOfHead < 0) return false;
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, endOfHead + 2)) ?? [];
  // Node closes a body without a length by an empty chunk.
  if (length === undefined) return answer.endsWith('\r\n0\r\n\r\n');
  return answer.length >= endOfHead + 4 + Number(length);
}

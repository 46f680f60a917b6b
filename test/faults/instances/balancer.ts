import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';

/** Deals requests to the instances in turn, and goes on to the next when one is not there or says so. */
export interface Balancer {
  readonly url: string;
  /** Requests that went to another instance than the first one that was asked. */
  readonly switched: number;
  stop(): Promise<void>;
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** What a balancer takes for "ask another one"; all else is an answer. */
const awayStatuses: ReadonlySet<number> = new Set([502, 503]);
const timeLimitMs = 5000;

export async function startBalancer(instances: readonly string[]): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  let turn = 0;
  let switched = 0;

  async function forward(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const body = await read(from);
    turn += 1;
    const order = instances.map((_, place) => instances[(turn + place) % instances.length] ?? '');
    let last: Answer = { status: 502, headers: {}, body: Buffer.from('nobody is there') };
    for (const [place, instance] of order.entries()) {
      if (place > 0) switched += 1;
      const answer = await ask(instance, from, body).catch(() => undefined);
      if (answer) last = answer;
      if (answer && !awayStatuses.has(answer.status)) break;
    }
    to.writeHead(last.status, { 'Content-Type': last.headers['content-type'] ?? 'text/plain' });
    to.end(last.body);
  }

  function ask(instance: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const target = new URL(url ?? '/', instance);
      const signal = AbortSignal.timeout(timeLimitMs);
      const asked = request(target, {
        ...(method && { method }),
        ...{ agent, signal },
        // Whether a connection stays open is between its two ends.
        headers: { ...headers, connection: 'keep-alive' },
      });
      asked.once('error', reject);
      asked.once('response', (response) => {
        read(response).then((text) => {
          resolve({ status: response.statusCode ?? 502, headers: response.headers, body: text });
        }, reject);
      });
      asked.end(body);
    });
  }

  const server = createServer((from, to) => {
    forward(from, to).catch(() => to.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    get switched() {
      return switched;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

import { createServer, type ServerResponse } from 'node:http';
import { textAt } from '../../lib/core/fields';

export type BuilderMoment = 'called' | 'first byte' | 'answered' | 'done';

/** Stands for a builder of bots: streams an answer to each text, and is told when a flow has come to its end. */
export interface Builder {
  readonly url: string;
  /** Called synchronously at each moment, so that what follows can be prevented. */
  onMoment: (moment: BuilderMoment, text: string) => void;
  /** Texts that begin with "slow" are not answered until then. */
  release(): void;
  stop(): Promise<void>;
}

export async function startBuilder(): Promise<Builder> {
  let held: (() => void)[] = [];
  const builder: Builder = {
    url: '',
    onMoment: () => undefined,
    release() {
      const waiting = held;
      held = [];
      for (const answer of waiting) answer();
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  function stream(text: string, response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    response.write('answer to ', () => {
      builder.onMoment('first byte', text);
      response.end(text, () => builder.onMoment('answered', text));
    });
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      const text = textAt(body, 'text') ?? '';
      if (request.url === '/done') {
        builder.onMoment('done', text);
        response.end();
        return;
      }
      builder.onMoment('called', text);
      if (text.startsWith('slow')) held.push(() => stream(text, response));
      else stream(text, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return Object.assign(builder, { url: `http://127.0.0.1:${port}` });
}

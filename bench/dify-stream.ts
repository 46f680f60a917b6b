/**
 * A chat answer of 2 MB in 20 000 events, and one ten times as long, through the Dify client over loopback HTTP, one write
 * an event as Dify does it; beside the least that can be done with the same bytes: axios, eventsource-parser, JSON.parse.
 * Server and readers are processes of their own, so that each is charged with its own time and memory only.
 *
 *   npx tsx bench/dify-stream.ts
 */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import axios from 'axios';
import { createParser } from 'eventsource-parser';
import { at } from '../lib/core/fields';
import { createHttpClient } from '../lib/core/http';
import { createDifyClient } from '../lib/dify/client';

const usual = { events: 20_000, words: 20_000 };
const longer = 10;
const rounds = 7;
const sampleMs = 10;
const ids = { task_id: 'task-1', message_id: 'message-1', conversation_id: 'talk-1' };
const begin = { event: 'workflow_started', ...ids, workflow_run_id: 'run-1', data: { id: 'run-1' } };
const ends = [
  { event: 'message_end', ...ids, metadata: { usage: { total_tokens: 1 } } },
  {
    event: 'workflow_finished',
    ...ids,
    workflow_run_id: 'run-1',
    data: { id: 'run-1', status: 'succeeded', outputs: {} },
  },
];

/** `words` of the `events` are text; the others tell of nodes. */
interface Length {
  readonly events: number;
  readonly words: number;
}

type Reader = (origin: string, length: Length) => Promise<string>;

interface Figures {
  /** Microseconds of processor time an event. */
  cpu: number;
  wall: number;
  /** Megabytes above what the process had before; the heap without garbage. */
  heap: number;
  rss: number;
  textKb: number;
}

const record = (event: object): string => `data: ${JSON.stringify(event)}\n\n`;
const word = (place: number): string =>
  record({ event: 'message', ...ids, answer: place % 9 === 0 ? 'и так ' : 'on it ' });

const node = record({ event: 'node_finished', ...ids, data: { node_id: 'llm-1', title: 'on it' } });

const asQuestion = ({ events, words }: Length): string => `${events} ${words}`;

function ofQuestion(question: unknown): Length {
  const [events = 0, words = 0] = String(question).split(' ').map(Number);
  return { events, words };
}

/** Learns by the question how long its answer is to be, and is never faster than its reader. */
function serve(): void {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      answer(response, ofQuestion(at(JSON.parse(body), 'query'))).catch((error: unknown) => {
        console.error(error);
        response.destroy();
      });
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    process.send?.(`http://127.0.0.1:${address.port}`);
  });
}

async function answer(response: ServerResponse, { events, words }: Length): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write(record(begin));
  for (let place = 0; place < events; place += 1)
    if (!response.write(place < words ? word(place) : node)) await once(response, 'drain');
  response.end(ends.map(record).join(''));
}

const readers: Readonly<Record<string, Reader>> = {
  async client(origin, length) {
    const http = createHttpClient({
      policy: { origin: 'configured' },
      userAgent: 'bitlane-bench',
      timeoutMs: 60_000,
      maxResponseBytes: 1e9,
    });
    const client = createDifyClient({ baseUrl: origin, apiKey: 'app-bench', http });
    try {
      // As the nodes do it, which show while the model still speaks.
      const question = { query: asQuestion(length), inputs: {}, user: 'bench' };
      const { text } = await client.chat(question, { onProgress: () => undefined });
      return text;
    } finally {
      await client.close();
      http.close();
    }
  },
  async bare(origin, length) {
    const { data } = await axios.post<AsyncIterable<Buffer>>(
      `${origin}/v1/chat-messages`,
      { query: asQuestion(length) },
      { responseType: 'stream' },
    );
    let text = '';
    const decoder = new TextDecoder();
    const parser = createParser({
      onEvent({ data: json }) {
        const said: unknown = at(JSON.parse(json), 'answer');
        if (typeof said === 'string') text += said;
      },
    });
    for await (const chunk of data) parser.feed(decoder.decode(chunk, { stream: true }));
    return text;
  },
};

/** In a process of its own: one reader, one length, first for its time and then for its memory. */
async function measure(kind: string, origin: string, length: Length): Promise<Figures> {
  const read = readers[kind];
  assert.ok(read);
  for (let warmUp = 0; warmUp < 3; warmUp += 1) await read(origin, usual);
  setFlagsFromString('--expose-gc');
  const collect = (): number => {
    runInNewContext('gc()');
    return process.memoryUsage().heapUsed;
  };
  const [idleHeap, idleRss] = [collect(), process.memoryUsage.rss()];
  let [heap, rss, cpu, wall, textKb] = [0, 0, Infinity, Infinity, 0];
  const watchRss = setInterval(() => (rss = Math.max(rss, process.memoryUsage.rss())), sampleMs);
  for (let round = 0; round < rounds; round += 1) {
    const [before, from] = [process.cpuUsage(), performance.now()];
    const text: string = await read(origin, length);
    const used = process.cpuUsage(before);
    assert.equal(text.length, length.words * 6);
    // The best of them: the machine does other things as well.
    wall = Math.min(wall, ((performance.now() - from) * 1000) / length.events);
    cpu = Math.min(cpu, (used.user + used.system) / length.events);
    textKb = text.length / 1024;
  }
  clearInterval(watchRss);
  // Collecting takes time, so that is a round of its own.
  const watchHeap = setInterval(() => (heap = Math.max(heap, collect())), sampleMs);
  await read(origin, length);
  clearInterval(watchHeap);
  const megabytes = (bytes: number): number => bytes / 1024 / 1024;
  return { cpu, wall, heap: megabytes(heap - idleHeap), rss: megabytes(rss - idleRss), textKb };
}

async function main(): Promise<void> {
  const server = fork(__filename, ['serve']);
  try {
    const origin = String(await messageOf(server));
    const bytes = usual.events * Buffer.byteLength(word(1));
    console.log(`${usual.events} events, ${(bytes / 1e6).toFixed(1)} MB`);
    const bare = await inOwnProcess('bare', origin, usual);
    const client = await inOwnProcess('client', origin, usual);
    print('bare axios, parser, JSON.parse', bare);
    print('Dify client', client);
    console.log(`${longer} times as many, all of them text`);
    const long = { events: usual.events * longer, words: usual.events * longer };
    print('bare axios, parser, JSON.parse', await inOwnProcess('bare', origin, long));
    print('Dify client', await inOwnProcess('client', origin, long));
    console.log(`${longer} times as many, with the text of the first`);
    print('Dify client', await inOwnProcess('client', origin, { ...long, words: usual.words }));
    const ratio = (name: 'cpu' | 'wall'): string => (client[name] / bare[name]).toFixed(2);
    console.log(
      `ratio to the bare reader, ${usual.events} events: ${ratio('cpu')} of processor time, ${ratio('wall')} of wall time`,
    );
  } finally {
    server.kill();
  }
}

function messageOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error('it ended without a word')));
  });
}

async function inOwnProcess(kind: string, origin: string, length: Length): Promise<Figures> {
  const child = fork(__filename, [kind, origin, asQuestion(length)]);
  const figures = await messageOf(child);
  const of = (name: keyof Figures): number => Number(at(figures, name));
  return { cpu: of('cpu'), wall: of('wall'), heap: of('heap'), rss: of('rss'), textKb: of('textKb') };
}

function print(name: string, { cpu, wall, heap, rss, textKb }: Figures): void {
  console.log(
    `  ${name.padEnd(32)} ${cpu.toFixed(1).padStart(5)} us/event of processor, ${wall.toFixed(1).padStart(5)} us/event; ` +
      `peak above idle: heap ${heap.toFixed(1)} MB, rss ${rss.toFixed(0)} MB (text ${textKb.toFixed(0)} KB)`,
  );
}

async function run(): Promise<void> {
  const [kind = '', origin = '', question = ''] = process.argv.slice(2);
  if (kind === 'serve') return serve();
  if (kind === '') return main();
  process.send?.(await measure(kind, origin, ofQuestion(question)));
}

run().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

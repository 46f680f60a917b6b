/** Both ends of a stream of Dify: one that speaks, one that reads it with the client or by hand, or only parses. */
import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import axios from 'axios';
import { createParser } from 'eventsource-parser';
import { at } from '../../lib/core/fields';
import { createHttpClient } from '../../lib/core/http';
import { createDifyClient } from '../../lib/dify/client';
import { obey } from './child';

/** So many hold text; what comes behind them tells of nodes. */
const events = 20_000;
const sampleMs = 10;
const ids = {
  conversation_id: '45701982-8118-4bc5-8e9b-64562b4555f2',
  message_id: '9da23599-e713-473b-982c-4328d4f5c78a',
  created_at: 1_771_265_890,
  task_id: 'c3800678-a077-43df-a102-53f23ed20b88',
};
const flowRun = { workflow_run_id: '9da23599-e713-473b-982c-4328d4f5c79b' };
const begin = { event: 'workflow_started', ...ids, ...flowRun, data: { id: flowRun.workflow_run_id } };
const ends = [
  { event: 'message_end', ...ids, metadata: { usage: { total_tokens: 1 } } },
  { event: 'workflow_finished', ...ids, ...flowRun, data: { status: 'succeeded', outputs: {} } },
];
const node = { event: 'node_finished', ...ids, ...flowRun, data: { node_id: 'llm-1', title: 'on it' } };

function word(place: number): object {
  const said = {
    answer: place % 9 === 0 ? 'и так ' : 'on it ',
    from_variable_selector: ['answer', 'answer'],
  };
  return { event: 'message', ...ids, id: ids.message_id, ...said };
}

type Order =
  | { readonly kind: 'listen' }
  | { readonly kind: 'parse' }
  | { readonly kind: 'client' | 'byHand'; readonly origin: string; readonly events: number };

interface Spent {
  /** Microseconds of processor time an event. */
  readonly cpu: number;
  /** Megabytes that the process grew by. */
  readonly grown: number;
}

const framed = (event: object): string => `data: ${JSON.stringify(event)}\n\n`;

/** Is told by the question how long the answer is to be, and is never faster than its reader. */
async function listen(): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      speak(response, Number(at(JSON.parse(body), 'query'))).catch((error: unknown) => {
        console.error(error);
        response.destroy();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function speak(response: ServerResponse, count: number): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write(framed(begin));
  for (let place = 0; place < count; place += 1)
    if (!response.write(framed(place < events ? word(place) : node))) await once(response, 'drain');
  response.end(ends.map(framed).join(''));
}

async function byClient(origin: string, count: number): Promise<string> {
  const http = createHttpClient({
    policy: { origin: 'configured' },
    userAgent: 'bitlane-bench',
    timeoutMs: 60_000,
    maxResponseBytes: 1e9,
  });
  const client = createDifyClient({ baseUrl: origin, apiKey: 'app-bench', http });
  try {
    const question = { query: String(count), inputs: {}, user: 'bench' };
    const { text } = await client.chat(question, { onProgress: () => undefined });
    return text;
  } finally {
    await client.close();
    http.close();
  }
}

async function byHand(origin: string, count: number): Promise<string> {
  const url = `${origin}/v1/chat-messages`;
  const { data } = await axios.post<AsyncIterable<Buffer>>(
    url,
    { query: String(count) },
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
  for await (const piece of data) parser.feed(decoder.decode(piece, { stream: true }));
  return text;
}

const records = Array.from({ length: events }, (_, place) => Buffer.from(JSON.stringify(word(place))));

function parseAlone(): Spent {
  const texts = records.map((record) => record.toString());
  const before = process.cpuUsage();
  for (const text of texts) JSON.parse(text);
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / events, grown: 0 };
}

async function spend(count: number, read: () => Promise<string>): Promise<Spent> {
  const [before, idle] = [process.cpuUsage(), process.memoryUsage.rss()];
  let peak = idle;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), sampleMs);
  const text = await read();
  clearInterval(watch);
  const { user, system } = process.cpuUsage(before);
  assert.equal(text.length, events * 6);
  return { cpu: (user + system) / count, grown: (peak - idle) / 1024 / 1024 };
}

async function perform(order: Order): Promise<unknown> {
  if (order.kind === 'listen') return listen();
  if (order.kind === 'parse') return parseAlone();
  const read = order.kind === 'client' ? byClient : byHand;
  return spend(order.events, () => read(order.origin, order.events));
}

obey(perform);

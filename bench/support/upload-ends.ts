/** The ends of an upload of audio: a server that only counts, and senders, each in a process of its own. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2, { type ClientHttp2Stream, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AudioRules } from '../../lib/speechsense/audio/rules';
import { createSpeechSenseClient } from '../../lib/speechsense/client';
import { methodOf } from '../../lib/speechsense/definitions';
import { createUploadRecords } from '../../lib/speechsense/records';
import { createMemoryStore } from '../../lib/store/memory-store';
import { fields } from '../../test/integration/sandbox-speechsense/support';
import { wav } from '../../test/support/audio/wav';
import { obey } from './child';

const mebibyte = 1024 * 1024;
const pieceBytes = 64 * 1024;
const sampleMs = 5;
const apiKey = 'AQVNsandbox-speechsense-key';
const connectionId = 'eagsandboxaudio';
const rules: AudioRules = { mono: 'reject', convertToLpcm: true, longestSeconds: Infinity };
const upload = methodOf('UploadAsStream');

export type SenderName = keyof typeof senders;

type Order =
  | { readonly kind: 'listen' }
  | {
      readonly kind: 'send';
      readonly by: SenderName;
      readonly endpoint: string;
      readonly mebibytes: number;
      /** At once, each of so many. */
      readonly uploads: number;
    };

export interface Sent {
  readonly seconds: number;
  /** MiB above what the process had before. */
  readonly grown: number;
}

function recording(bytes: number): Readable {
  function* pieces(): Generator<Buffer> {
    yield wav(Buffer.alloc(0), { sampleRate: 48_000, dataSize: bytes });
    const piece = Buffer.alloc(pieceBytes, 1);
    for (let made = 0; made < bytes; made += pieceBytes) yield piece;
  }
  return Readable.from(pieces(), { objectMode: false });
}

const senders = {
  /** All uploads by one client, as the nodes of one connection do it. */
  async ours(endpoint: string, bytes: number, uploads: number): Promise<void> {
    const client = createSpeechSenseClient({
      ...{ endpoint, tls: false, connectionId, kind: 'audio' },
      credential: { authType: 'api-key', secret: apiKey },
    });
    const store = createMemoryStore();
    const records = createUploadRecords({ store: () => Promise.resolve(store), connectionId });
    const one = async (key: string): Promise<void> => {
      const source = () => Promise.resolve({ stream: recording(bytes) });
      const { bytes: sent = 0 } = await client
        .uploads(records)
        .uploadAudio(source, { key, fields, rules, method: 'stream' });
      assert.ok(sent >= bytes);
    };
    try {
      await Promise.all(Array.from({ length: uploads }, (_, place) => one(`talk-${place}`)));
    } finally {
      client.close();
    }
  },
  async http2(endpoint: string, bytes: number): Promise<void> {
    const session = http2.connect(`http://${endpoint}`);
    const stream = requestOn(session);
    await Promise.all([once(stream, 'response'), pipeline(recording(bytes), stream)]);
    await answered(stream);
    session.close();
  },
  /** One portion, made before, again and again: no recording is read. */
  async http2Standing(endpoint: string, bytes: number): Promise<void> {
    const session = http2.connect(`http://${endpoint}`);
    const stream = requestOn(session);
    const portion = Buffer.alloc(512 * 1024, 1);
    const response = once(stream, 'response');
    for (let sent = 0; sent < bytes; sent += portion.length)
      if (!stream.write(portion)) await once(stream, 'drain');
    stream.end();
    await response;
    await answered(stream);
    session.close();
  },
} as const satisfies Record<string, (endpoint: string, bytes: number, uploads: number) => Promise<void>>;

function requestOn(session: http2.ClientHttp2Session): ClientHttp2Stream {
  return session.request({
    ':method': 'POST',
    ':path': upload.path,
    'content-type': 'application/grpc+proto',
    te: 'trailers',
    authorization: `Api-Key ${apiKey}`,
  });
}

async function answered(stream: ClientHttp2Stream): Promise<void> {
  stream.resume();
  if (!stream.closed) await once(stream, 'close');
}

async function listen(): Promise<string> {
  const message = upload.responseSerialize({ talk_id: 'talk-1' });
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  const server = http2.createServer();
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.resume();
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
      stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.concat([head, message]));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function perform(order: Order): Promise<string | Sent> {
  if (order.kind === 'listen') return listen();
  const { by, endpoint, mebibytes, uploads } = order;
  const idle = process.memoryUsage.rss();
  let peak = idle;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), sampleMs);
  const from = performance.now();
  await senders[by](endpoint, mebibytes * mebibyte, uploads);
  const seconds = (performance.now() - from) / 1000;
  clearInterval(watch);
  return { seconds, grown: (peak - idle) / mebibyte };
}

obey(perform);

/**
 * A recording of 1 GiB that is generated as it is read, through the uploads of the SpeechSense client; beside a bare
 * grpc-js client stream of the same chunks, and the same bytes by node:http2 alone. Once to the stand-in, which decodes
 * and digests everything and so sets the pace, and once to a server that only counts. Servers and senders are processes
 * of their own, so that each is charged with its own time and memory only; rounds are interleaved. The client's times
 * hold the 250 ms that it waits before it says that this was all, and the making of the recording.
 *
 *   npx tsx bench/audio-upload.ts [MiB] [rounds]
 */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import http2, { type ClientHttp2Stream, type ServerHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { at } from '../lib/core/fields';
import type { AudioRules } from '../lib/speechsense/audio/rules';
import { createSpeechSenseClient } from '../lib/speechsense/client';
import { methodOf } from '../lib/speechsense/definitions';
import { createUploadRecords } from '../lib/speechsense/records';
import { createMemoryStore } from '../lib/store/memory-store';
import { startSpeechSense } from '../sandbox/speechsense';
import { mp3 } from '../test/support/audio/mp3';
import { wav } from '../test/support/audio/wav';

const mebibyte = 1024 * 1024;
const chunkBytes = 512 * 1024;
const pieceBytes = 64 * 1024;
const sampleMs = 5;
const most = 64;
const apiKey = 'AQVNsandbox-speechsense-key';
const connectionId = 'eagsandboxaudio';
const fields = {
  operator_name: 'Anna',
  operator_id: '103',
  client_name: 'John',
  client_id: '587',
  date: '2026-03-10T10:19:38.000Z',
  direction_outgoing: 'false',
  language: 'ru-RU',
};
const upload = methodOf('UploadAsStream');

/** Sends so many bytes to the server, and resolves when it has said yes. */
type Sender = (endpoint: string, bytes: number) => Promise<void>;

interface Figures {
  seconds: number;
  /** Of the processor, all threads. */
  cpu: number;
  /** MiB above what the process had before. */
  rss: number;
}

type Kind = keyof typeof senders;

const senders = {
  'uploadAudio, WAV': (endpoint, bytes) => uploadGenerated(endpoint, bytes, wavPieces),
  'uploadAudio, A-law to LPCM': (endpoint, bytes) => uploadGenerated(endpoint, bytes / 2, lawPieces),
  'uploadAudio, MP3': (endpoint, bytes) => uploadGenerated(endpoint, bytes, mp3Pieces),
  'bare grpc-js': sendByGrpc,
  'bare node:http2': sendByHttp2,
} as const satisfies Record<string, Sender>;

function* wavPieces(bytes: number): Generator<Buffer> {
  yield wav(Buffer.alloc(0), { sampleRate: 48_000, dataSize: bytes });
  yield* samePieces(bytes, Buffer.alloc(pieceBytes, 1));
}

function* lawPieces(bytes: number): Generator<Buffer> {
  yield wav(Buffer.alloc(0), { sampleRate: 48_000, dataSize: bytes, tag: 6 });
  yield* samePieces(bytes, Buffer.alloc(pieceBytes, 1));
}

function* mp3Pieces(bytes: number): Generator<Buffer> {
  yield* samePieces(bytes, mp3(300, { kilobits: [32, 64, 96, 48] }));
}

function* samePieces(bytes: number, piece: Buffer): Generator<Buffer> {
  for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
}

async function uploadGenerated(
  endpoint: string,
  bytes: number,
  pieces: (bytes: number) => Generator<Buffer>,
): Promise<void> {
  const client = createSpeechSenseClient({
    ...{ endpoint, tls: false, connectionId, kind: 'audio' },
    credential: { authType: 'api-key', secret: apiKey },
  });
  const store = createMemoryStore();
  const records = createUploadRecords({ store: () => Promise.resolve(store), connectionId });
  const rules: AudioRules = { mono: 'reject', convertToLpcm: true, longestSeconds: Infinity };
  const source = () => Promise.resolve({ stream: Readable.from(pieces(bytes), { objectMode: false }) });
  try {
    const talk = await client
      .uploads(records)
      .uploadAudio(source, { key: 'k', fields, rules, method: 'stream' });
    assert.ok((talk.bytes ?? 0) >= bytes);
  } finally {
    client.close();
  }
}

const opening = [
  { metadata: { connection_id: connectionId, fields } },
  { audio: { audio_metadata: { container_audio: { container_audio_type: 'CONTAINER_AUDIO_TYPE_WAV' } } } },
];

async function sendByGrpc(endpoint: string, bytes: number): Promise<void> {
  const client = new Client(endpoint, credentials.createInsecure());
  const headers = new Metadata();
  headers.set('authorization', `Api-Key ${apiKey}`);
  await new Promise<void>((resolve, reject) => {
    const call = client.makeClientStreamRequest<object, object>(
      upload.path,
      upload.requestSerialize,
      upload.responseDeserialize,
      headers,
      (error) => (error ? reject(error) : resolve()),
    );
    const write = (message: object): Promise<void> =>
      new Promise((taken) => call.write(message, () => taken()));
    async function writeAll(): Promise<void> {
      for (const message of opening) await write(message);
      const data = Buffer.alloc(chunkBytes, 1);
      for (let sent = 0; sent < bytes; sent += chunkBytes) await write({ audio: { chunk: { data } } });
      call.end();
    }
    writeAll().catch(reject);
  });
  client.close();
}

async function sendByHttp2(endpoint: string, bytes: number): Promise<void> {
  const session = http2.connect(`http://${endpoint}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': upload.path,
    'content-type': 'application/grpc+proto',
    te: 'trailers',
    authorization: `Api-Key ${apiKey}`,
  });
  for (const message of opening) await writeBytes(stream, framed(upload.requestSerialize(message)));
  const data = Buffer.alloc(chunkBytes, 1);
  const chunk = framed(upload.requestSerialize({ audio: { chunk: { data } } }));
  for (let sent = 0; sent < bytes; sent += chunkBytes) await writeBytes(stream, chunk);
  stream.end();
  const answered: unknown = await once(stream, 'response');
  assert.equal(at(answered, '0', ':status'), 200);
  stream.resume();
  await once(stream, 'close');
  session.close();
}

async function writeBytes(stream: ClientHttp2Stream, bytes: Buffer): Promise<void> {
  if (!stream.write(bytes)) await once(stream, 'drain');
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Takes everything and looks at nothing. */
function serveSink(): void {
  const answer = framed(upload.responseSerialize({ talk_id: 'talk-1' }));
  const server = http2.createServer();
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.resume();
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
      stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(answer);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    process.send?.(`127.0.0.1:${address.port}`);
  });
}

async function serveStandIn(): Promise<void> {
  const service = await startSpeechSense({ apiKey, keepBytes: false });
  process.send?.(service.endpoint);
}

/** In a process of its own. A short upload goes before, for what is loaded and compiled with the first. */
async function measure(send: Sender, endpoint: string, bytes: number): Promise<Figures> {
  await send(endpoint, 8 * mebibyte);
  const idle = process.memoryUsage.rss();
  let peak = idle;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), sampleMs);
  const [before, from] = [process.cpuUsage(), performance.now()];
  await send(endpoint, bytes);
  const { user, system } = process.cpuUsage(before);
  clearInterval(watch);
  return {
    seconds: (performance.now() - from) / 1000,
    cpu: (user + system) / 1e6,
    rss: (peak - idle) / mebibyte,
  };
}

function messageOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error('it ended without a word')));
  });
}

async function inOwnProcess(kind: Kind, endpoint: string, bytes: number): Promise<Figures> {
  const child = fork(__filename, ['send', kind, endpoint, String(bytes)]);
  const figures = await messageOf(child);
  child.disconnect();
  const of = (name: keyof Figures): number => Number(at(figures, name));
  return { seconds: of('seconds'), cpu: of('cpu'), rss: of('rss') };
}

function kinds(): Kind[] {
  return Object.keys(senders).filter((name): name is Kind => name in senders);
}

async function compare(server: 'stand-in' | 'sink', mebibytes: number, rounds: number): Promise<boolean> {
  const child = fork(__filename, [server]);
  const figures = new Map<Kind, Figures[]>(kinds().map((kind) => [kind, []]));
  try {
    const endpoint = String(await messageOf(child));
    for (let round = 0; round < rounds; round += 1) {
      for (const [kind, all] of figures) all.push(await inOwnProcess(kind, endpoint, mebibytes * mebibyte));
    }
  } finally {
    child.kill();
  }
  return print(server, mebibytes, figures);
}

/** The best round for times, the worst for memory: the machine does other things as well. */
function summary(all: readonly Figures[]): Figures {
  const of = (name: keyof Figures): number[] => all.map((figures) => figures[name]);
  return {
    seconds: Math.min(...of('seconds')),
    cpu: Math.min(...of('cpu')),
    rss: Math.max(...of('rss')),
  };
}

function print(server: string, mebibytes: number, figures: ReadonlyMap<Kind, readonly Figures[]>): boolean {
  const bare = summary(figures.get('bare grpc-js') ?? []);
  console.log(`\n${mebibytes} MiB to the ${server}`);
  console.log(
    `${'sender'.padEnd(28)}   MiB/s   s to bare grpc   processor s   to bare grpc   peak RSS above idle`,
  );
  let isFlat = true;
  for (const [kind, all] of figures) {
    const { seconds, cpu, rss } = summary(all);
    if (kind.startsWith('uploadAudio') && rss >= most) isFlat = false;
    const cells = [
      (mebibytes / seconds).toFixed(0).padStart(7),
      (seconds / bare.seconds).toFixed(2).padStart(16),
      cpu.toFixed(2).padStart(13),
      (cpu / bare.cpu).toFixed(2).padStart(14),
      `${rss.toFixed(1)} MiB`.padStart(21),
    ];
    console.log(`${kind.padEnd(28)} ${cells.join(' ')}`);
  }
  return isFlat;
}

async function main(): Promise<void> {
  const [mebibytes = 1024, rounds = 3] = process.argv.slice(2).map(Number);
  const isFlat = [await compare('stand-in', mebibytes, rounds), await compare('sink', mebibytes, rounds)];
  console.log(isFlat.every(Boolean) ? `\nmemory: below ${most} MiB` : `\nmemory: NOT below ${most} MiB`);
  if (!isFlat.every(Boolean)) process.exitCode = 1;
}

async function run(): Promise<void> {
  const [role = '', kind = '', endpoint = '', bytes = ''] = process.argv.slice(2);
  if (role === 'sink') return serveSink();
  if (role === 'stand-in') return serveStandIn();
  if (role !== 'send') return main();
  const send = kinds().find((name) => name === kind);
  assert.ok(send);
  process.send?.(await measure(senders[send], endpoint, Number(bytes)));
}

run().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

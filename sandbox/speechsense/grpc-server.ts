import http2, { type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { createFrameReader, framed, TooLarge } from './frames';
import { grpcStatus, SpeechSenseRefusal } from './faults';

/** One call as the server sees it. */
export interface IncomingCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The messages as they come; ends with the client's end. What is not asked for is not read from the network. */
  messages(): AsyncGenerator<Buffer>;
  /** Whether the client has said that this was all. */
  hasEnded(): boolean;
  answer(message: Buffer): void;
  refuse(code: number, message: string): void;
  reset(code: number): void;
  drop(): void;
  /** Aborted when the client, or the connection, has gone. */
  readonly gone: AbortSignal;
}

export interface GrpcServer {
  readonly port: number;
  connections(): number;
  stop(): Promise<void>;
}

export interface GrpcServerOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly tls?: { key: string; cert: string } | undefined;
  readonly largestMessage: () => number;
  /** Comes with every answer, as the service's own do. */
  readonly ids: () => Record<string, string>;
  readonly onCall: (call: IncomingCall) => Promise<void>;
}

/** On bare HTTP/2: a stream can be reset, a socket destroyed, and a reader be slow, at any byte. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const { tls, port } = options;
  const server: Http2Server = tls ? http2.createSecureServer(tls) : http2.createServer();
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on(tls ? 'secureConnection' : 'connection', () => (connections += 1));
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('sessionError', () => undefined);
  server.on('stream', (stream, headers) => {
    const drop = (): void => void socketOf(sockets, stream)?.resetAndDestroy();
    const call = incomingCall(stream, headers, options, drop);
    options.onCall(call).catch((thrown: unknown) => {
      // A fault of the stand-in itself shows in the test that met it.
      const { code, message } = refusalOf(thrown);
      call.refuse(code, message);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    connections: () => connections,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** The session's own socket cannot be destroyed: HTTP/2 only lends a view of it. */
function socketOf(sockets: ReadonlySet<Socket>, { session }: ServerHttp2Stream): Socket | undefined {
  const port = session?.socket.remotePort;
  return [...sockets].find(({ remotePort }) => remotePort === port);
}

function refusalOf(thrown: unknown): { code: number; message: string } {
  if (thrown instanceof SpeechSenseRefusal) return thrown;
  if (thrown instanceof TooLarge) return { code: grpcStatus.resourceExhausted, message: thrown.message };
  return {
    code: grpcStatus.internal,
    message: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
  };
}

function incomingCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { largestMessage, ids }: GrpcServerOptions,
  drop: () => void,
): IncomingCall {
  const gone = new AbortController();
  let hasEnded = false;
  stream.on('error', () => undefined);
  stream.once('close', () => gone.abort());

  async function* messages(): AsyncGenerator<Buffer> {
    const read = createFrameReader(largestMessage());
    // By itself the loop would destroy the stream when it is left, and the answer with it.
    for await (const piece of stream.iterator({ destroyOnReturn: false })) {
      const bytes: unknown = piece;
      if (Buffer.isBuffer(bytes)) yield* read(bytes);
    }
    if (stream.rstCode !== 0 || stream.aborted) throw new Error('the client has gone');
    hasEnded = true;
  }

  const isClosed = (): boolean => stream.destroyed || stream.closed || stream.headersSent;

  function answer(message: Buffer): void {
    if (isClosed()) return;
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc+proto', ...ids() },
      { waitForTrailers: true },
    );
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(framed(message));
  }

  function refuse(code: number, message: string): void {
    if (isClosed()) return;
    const status = { 'grpc-status': String(code), 'grpc-message': percentEncoded(message) };
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc+proto', ...ids(), ...status },
      { endStream: true },
    );
  }

  return {
    path: headers[':path'] ?? '',
    headers,
    messages,
    hasEnded: () => hasEnded,
    answer,
    refuse,
    reset: (code) => stream.close(code),
    drop,
    gone: gone.signal,
  };
}

/** As gRPC wants it: printable ASCII stays as it is. */
function percentEncoded(message: string): string {
  return message.replace(/[^ -$&-~]+/gu, encodeURIComponent);
}

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface LoopbackServer {
  readonly port: number;
  readonly origin: string;
  /** How many connections were accepted. */
  connections(): number;
  stop(): Promise<void>;
}

export interface Identity {
  readonly key: string;
  readonly cert: string;
}

export function startHttp(onRequest: RequestListener): Promise<LoopbackServer> {
  return start(http.createServer(onRequest), 'http');
}

export function startHttps(identity: Identity, onRequest: RequestListener): Promise<LoopbackServer> {
  return start(https.createServer(identity, onRequest), 'https');
}

/** A server that speaks whatever the test makes it speak. */
export function startRaw(onConnection: (socket: net.Socket) => void): Promise<LoopbackServer> {
  return start(net.createServer(onConnection), 'http');
}

async function start(server: net.Server, scheme: string): Promise<LoopbackServer> {
  const sockets = new Set<net.Socket>();
  let connections = 0;
  server.on('connection', (socket: net.Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server got no port');
  return {
    port: address.port,
    origin: `${scheme}://127.0.0.1:${address.port}`,
    connections: () => connections,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A key and a self-signed certificate, made for this run; `names` as in `DNS:localhost,IP:127.0.0.1`. */
export function makeIdentity(names: string): Identity {
  const folder = mkdtempSync(join(tmpdir(), 'bitlane-tls-'));
  const keyFile = join(folder, 'key.pem');
  const certFile = join(folder, 'cert.pem');
  try {
    execFileSync(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-days',
          '2',
        ],
        ...['-subj', '/CN=bitlane-test', '-addext', `subjectAltName=${names}`],
        ...['-keyout', keyFile, '-out', certFile],
      ],
      { stdio: 'pipe' },
    );
    return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
  } catch (error) {
    throw new Error('these tests need the openssl program to make a certificate', { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

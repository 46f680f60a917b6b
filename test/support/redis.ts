import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './free-port';

export interface RedisOptions {
  /** Asks clients for this password. */
  password?: string;
  /** Further options of redis-server, the last word: `['--appendonly', 'yes']` keeps data over a restart. */
  args?: string[];
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends the server politely and removes its folder. */
  stop(): Promise<void>;
  /** Ends it as a power cut would: nothing is saved or said. */
  kill9(): Promise<void>;
  /** Keeps its connections, and says nothing until it goes on. */
  standStill(): void;
  goOn(): void;
  /** Starts it again on the same port and folder, after a polite stop when it still runs. */
  restart(): Promise<void>;
}

/** Resolves when redis-server takes connections, rejects with its own words when it ends before that. */
function waitUntilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('Ready to accept connections')) resolve();
    };
    server.stdout?.on('data', read);
    server.stderr?.on('data', read);
    server.once('error', (error) => {
      reject(new Error('redis-server cannot be started; is it installed?', { cause: error }));
    });
    server.once('exit', (code, signal) => {
      reject(new Error(`redis-server ended at once (${code ?? signal}):\n${output}`));
    });
  });
}

async function launch(port: number, folder: string, options: RedisOptions): Promise<ChildProcess> {
  const server = spawn('redis-server', [
    ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
    ...['--save', '', '--appendonly', 'no', '--loglevel', 'notice'],
    ...(options.password === undefined ? [] : ['--requirepass', options.password]),
    ...(options.args ?? []),
  ]);
  await waitUntilReady(server);
  return server;
}

async function end(server: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill(signal);
  // One that stands still would not hear of it.
  server.kill('SIGCONT');
  await exited;
}

/** Starts a real Redis on a free loopback port in a folder of its own; without persistence unless `args` ask for it. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'bitlane-redis-'));
  const port = await findFreePort();
  const login = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`;
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  let server = await launch(port, folder, options).catch(async (error: unknown) => {
    await removeFolder();
    throw error;
  });
  return {
    url: `redis://${login}127.0.0.1:${port}`,
    port,
    stop: async () => {
      await end(server, 'SIGTERM');
      await removeFolder();
    },
    kill9: () => end(server, 'SIGKILL'),
    standStill: () => void server.kill('SIGSTOP'),
    goOn: () => void server.kill('SIGCONT'),
    restart: async () => {
      await end(server, 'SIGTERM');
      server = await launch(port, folder, options);
    },
  };
}

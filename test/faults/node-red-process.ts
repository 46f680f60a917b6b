import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at } from '../../lib/core/fields';
import { readJson, root } from '../../scripts/pack.cjs';
import { findFreePort } from '../support/free-port';

/** A Node-RED in a process of its own, which may die at any moment and come back on the same port. */
export interface NodeRedProcess {
  readonly url: string;
  /** Resolves when the flows run. */
  start(): Promise<void>;
  deploy(flows: object[]): Promise<void>;
  /** The process is gone as soon as this returns; nothing of it is asked. */
  kill9(): void;
  /** It stands still, as in a debugger or a machine that is moved, until it may go on. */
  standStill(): void;
  goOn(): void;
  /** Resolves when the process is gone and its log is read to the end. */
  ended(): Promise<void>;
  /** Of everything that ran so far. */
  log(): string;
  pid(): number;
  /** What it holds in memory; on Linux. */
  megabytes(): number;
  /** A line of its metrics, summed over labels. */
  metric(name: string): Promise<number>;
  remove(): Promise<void>;
}

/** Without the pack on request: what is compared with it has to start without it. */
export async function createNodeRedProcess(
  env: Record<string, string>,
  { hasPack = true }: { hasPack?: boolean } = {},
): Promise<NodeRedProcess> {
  const userDir = mkdtempSync(join(tmpdir(), 'bitlane-faults-'));
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  layOut(userDir, port, hasPack);
  let log = '';
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();

  const pid = (): number => child?.pid ?? 0;

  function run(): ChildProcess {
    const script = require.resolve('node-red/red.js');
    const args = [script, '--userDir', userDir, '--settings', join(userDir, 'settings.js')];
    const started = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const note = (chunk: Buffer): void => void (log += chunk.toString());
    started.stdout.on('data', note);
    started.stderr.on('data', note);
    ended = new Promise((resolve) => started.once('close', () => resolve()));
    return started;
  }

  async function deploy(flows: object[]): Promise<void> {
    const response = await fetch(`${url}/flows`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Node-RED-Deployment-Type': 'full' },
      body: JSON.stringify(flows),
    });
    if (!response.ok) throw new Error(`Node-RED did not take the flows: ${response.status}`);
  }

  return {
    url,
    deploy,
    log: () => log,
    pid,
    megabytes() {
      const status = readFileSync(`/proc/${pid()}/status`, 'utf8');
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
    },
    async start() {
      await ended;
      const from = log.length;
      const running = run();
      child = running;
      await new Promise<void>((resolve, reject) => {
        const look = (): void => {
          const told = log.slice(from);
          // Either may come first, and before the second one nobody can post.
          if (/Started flows/.test(told) && /Server now running/.test(told)) resolve();
        };
        running.stdout?.on('data', look);
        running.once('exit', (code, signal) =>
          reject(new Error(`Node-RED ended (${code ?? signal}):\n${log.slice(from)}`)),
        );
      });
    },
    ended: () => ended,
    kill9() {
      child?.kill('SIGKILL');
    },
    standStill() {
      child?.kill('SIGSTOP');
    },
    goOn() {
      child?.kill('SIGCONT');
    },
    async metric(name) {
      const text = await (await fetch(`${url}/bitlane/metrics`)).text();
      const lines = text
        .split('\n')
        .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
      if (lines.length === 0) throw new Error(`there is no metric ${name}`);
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    async remove() {
      child?.kill('SIGKILL');
      await ended;
      rmSync(userDir, { recursive: true, force: true });
    },
  };
}

function layOut(userDir: string, port: number, hasPack: boolean): void {
  if (hasPack) linkPack(userDir);
  const settings = {
    uiHost: '127.0.0.1',
    uiPort: port,
    // The log is read, and Node-RED would write it in the language of the machine.
    lang: 'en-US',
    flowFile: 'flows.json',
    credentialSecret: 'a fixed secret of the tests',
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false },
    logging: { console: { level: 'info', metrics: false, audit: false } },
  };
  writeFileSync(join(userDir, 'settings.js'), `module.exports = ${JSON.stringify(settings)};\n`);
}

function linkPack(userDir: string): void {
  const name = String(at(readJson(join(root, 'package.json')), 'name'));
  const link = join(userDir, 'node_modules', name);
  mkdirSync(join(link, '..'), { recursive: true });
  symlinkSync(root, link, 'junction');
  writeFileSync(
    join(userDir, 'package.json'),
    JSON.stringify({ name: 'faults', dependencies: { [name]: '*' } }),
  );
}

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '../../support/free-port';
import { environmentOf, type RuntimeKind } from './matrix';
import { findNpmScript } from './pack';
import { waitUntil } from './wait-until';

const execute = promisify(execFile);

const paletteFlags = [
  ...['--no-audit', '--no-update-notifier', '--no-fund', '--save', '--save-prefix=~'],
  ...['--omit=dev', '--engine-strict'],
];

/** Installs the tarball as Node-RED's palette does, by the npm that the runtime's own Node runs; returns the seconds. */
export async function installPack(kind: RuntimeKind, tarball: string, userFolder: string): Promise<number> {
  const project = { name: 'node-red-project', version: '0.0.1', private: true };
  await writeFile(join(userFolder, 'package.json'), JSON.stringify(project));
  const started = performance.now();
  const args = [findNpmScript(), 'install', ...paletteFlags, tarball];
  await execute(kind.node, args, { cwd: userFolder, env: environmentOf(kind) });
  return (performance.now() - started) / 1000;
}

export interface NodeRedOptions {
  userFolder: string;
  logFile: string;
  adminRoot: string | false;
  environment: Record<string, string>;
  /** Over what all tests have. */
  settings?: object;
  /** Default: a free one. */
  port?: number;
}

export interface NodeRed {
  url: string;
  stop(): Promise<void>;
}

function settingsFor(port: number, adminRoot: string | false): object {
  return {
    uiHost: '127.0.0.1',
    uiPort: port,
    httpAdminRoot: adminRoot,
    // Its log is read for the start, and Node-RED would write it in the language of the machine.
    lang: 'en-US',
    flowFile: 'flows.json',
    credentialSecret: 'a fixed secret of the end-to-end tests',
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: 'info', metrics: false, audit: false } },
    editorTheme: { tours: false, palette: { catalogues: [] } },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url);
    return true;
  } catch {
    return false;
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child))
    throw new Error(`Node-RED had ended by itself (${child.exitCode ?? child.signalCode})`);
  const exited = once(child, 'exit');
  const tooLate = setTimeout(() => child.kill('SIGKILL'), 20_000);
  child.kill('SIGTERM');
  await exited;
  clearTimeout(tooLate);
  if (child.signalCode === 'SIGKILL') throw new Error('Node-RED did not stop within 20 s');
}

/** Starts Node-RED on a loopback port; resolves when its flows run and it answers. */
export async function startNodeRed(kind: RuntimeKind, options: NodeRedOptions): Promise<NodeRed> {
  const port = options.port ?? (await findFreePort());
  const url = `http://127.0.0.1:${port}`;
  const settingsFile = join(options.userFolder, 'settings.js');
  const settings = JSON.stringify({ ...settingsFor(port, options.adminRoot), ...options.settings }, null, 2);
  await writeFile(settingsFile, `module.exports = ${settings};\n`);
  await mkdir(dirname(options.logFile), { recursive: true });

  const args = [kind.redScript, '--userDir', options.userFolder, '--settings', settingsFile];
  const child = spawn(kind.node, args, {
    cwd: options.userFolder,
    env: { ...environmentOf(kind), PUBLIC_URL: url, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const log = createWriteStream(options.logFile);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      log.write(chunk);
    });
  }
  try {
    await waitUntil(`the start of ${kind.name}`, async () => {
      if (hasEnded(child)) throw new Error(`Node-RED ended at its start:\n${output}`);
      return output.includes('Started flows') && (await answers(url));
    });
  } catch (error) {
    if (!hasEnded(child)) await end(child);
    throw error;
  }
  return {
    url,
    stop: async () => {
      await end(child);
      log.end();
      await once(log, 'close');
    },
  };
}

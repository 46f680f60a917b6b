import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { entriesAt, textAt } from '../lib/core/fields';

const project = join(__dirname, '..');
const userFolder = join(project, '.sandbox');
const packName = '@bitlane/node-red-bitrix24';

export interface SandboxNodeRed {
  url: string;
  ended: Promise<void>;
  stop(): Promise<void>;
}

/** A Node-RED with the pack in it and, at its first start, the shipped flows. What you change in it is kept. */
export async function startNodeRed(environment: Record<string, string>): Promise<SandboxNodeRed> {
  const isFirstStart = !existsSync(join(userFolder, 'flows.json'));
  const port = await findPort(Number(process.env.PORT ?? 1880));
  layOutUserFolder(port);
  const child = spawn(
    process.execPath,
    [
      require.resolve('node-red/red.js'),
      '--userDir',
      userFolder,
      '--settings',
      join(userFolder, 'settings.js'),
    ],
    {
      env: { ...process.env, PUBLIC_URL: `http://127.0.0.1:${port}`, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let log = '';
  const started = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (/Started flows|Waiting for missing/.test(log)) resolve();
      if (/\[(?:error|warn)\]/.test(chunk.toString())) process.stdout.write(chunk);
    });
    child.once('exit', (code) => reject(new Error(`Node-RED ended with ${code} at its start:\n${log}`)));
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  try {
    await started;
    if (isFirstStart) await deploy(url, shippedFlows());
  } catch (error) {
    child.kill();
    throw error;
  }
  return {
    url,
    ended,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

function layOutUserFolder(port: number): void {
  const link = join(userFolder, 'node_modules', packName);
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(project, link, 'junction');
  writeFileSync(
    join(userFolder, 'package.json'),
    JSON.stringify({ name: 'bitlane-sandbox', private: true, dependencies: { [packName]: 'file:..' } }),
  );
  const settings = {
    uiHost: '127.0.0.1',
    uiPort: port,
    // Its log is read below, and Node-RED would write it in the language of the machine.
    lang: 'en-US',
    flowFile: 'flows.json',
    credentialSecret: 'only for the sandbox',
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false },
    logging: { console: { level: 'info', metrics: false, audit: false } },
  };
  writeFileSync(join(userFolder, 'settings.js'), `module.exports = ${JSON.stringify(settings, null, 2)};\n`);
}

/**
 * The flows share their config nodes, so each of those is taken once. They share a bot as well, which answers in the
 * first of them; whoever wants another one switches its tab on and that one off.
 */
function shippedFlows(): unknown[] {
  const folder = join(project, 'flows');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.json'),
  );
  const nodes = new Map<string, unknown>();
  const answering = new Set<string>();
  for (const file of files.sort()) {
    const flow: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const parts = entriesAt({ flow }, 'flow');
    const bot = textAt(
      parts.find((node) => textAt(node, 'type') === 'bitrix-in'),
      'bot',
    );
    const isSecond = bot !== undefined && answering.has(bot);
    if (bot !== undefined) answering.add(bot);
    for (const node of parts) {
      const isOff = isSecond && textAt(node, 'type') === 'tab';
      nodes.set(textAt(node, 'id') ?? '', isOff ? Object.assign({}, node, { disabled: true }) : node);
    }
  }
  return [...nodes.values()];
}

async function deploy(url: string, flows: unknown[]): Promise<void> {
  const response = await fetch(`${url}/flows`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Node-RED-Deployment-Type': 'full' },
    body: JSON.stringify(flows),
  });
  if (!response.ok) throw new Error(`Node-RED did not take the flows: ${response.status}`);
}

/** The wished port, or any free one when somebody else has it. */
function findPort(wished: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', () => (wished === 0 ? reject(new Error('no free port')) : resolve(findPort(0))));
    probe.listen(wished, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : wished));
    });
  });
}

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
import { dirname, join, sep } from 'node:path';
import { entriesAt, textAt } from '../lib/core/fields';
import { channelPlans, type ChannelPlan } from './channels';

const project = join(__dirname, '..');
const packName = '@bitlane/node-red-bitrix24';

export interface SandboxNodeRed {
  url: string;
  ended: Promise<void>;
  stop(): Promise<void>;
}

export interface NodeRedOptions {
  port: number;
  /** Its flows are kept here from one start to the next. */
  userFolder: string;
  environment: Readonly<Record<string, string>>;
}

/** A Node-RED with the pack in it and, at its first start, the shipped flows. What you change in it is kept. */
export async function startNodeRed(options: NodeRedOptions): Promise<SandboxNodeRed> {
  const { port, userFolder, environment } = options;
  const isFirstStart = !existsSync(join(userFolder, 'flows.json'));
  layOutUserFolder(userFolder, port);
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
  let isUp = false;
  const started = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (/Started flows|Waiting for missing/.test(log)) resolve();
      // Before that they are those of any new Node-RED; when it does not start, they are in its error.
      if (isUp && /\[(?:error|warn)\]/.test(chunk.toString())) process.stdout.write(chunk);
    });
    child.once('exit', (code) => reject(new Error(`Node-RED ended with ${code} at its start:\n${log}`)));
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  try {
    await started;
    isUp = true;
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

/** What the pack remembers is of stand-ins that are gone: their calls would count as sent. */
function layOutUserFolder(userFolder: string, port: number): void {
  rmSync(join(userFolder, 'bitlane'), { recursive: true, force: true });
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

/** The flows share their config nodes, so each of those is taken once; but each flow that answers has bots of its own. */
function shippedFlows(): unknown[] {
  const folder = join(project, 'flows');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.json'),
  );
  const nodes = new Map<string, unknown>();
  for (const file of files.sort()) {
    const flow: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const codes = channelPlans.filter((plan) => plan.flow === file.split(sep).join('/'));
    for (const node of withOwnBot(entriesAt({ flow }, 'flow'), codes))
      nodes.set(textAt(node, 'id') ?? '', node);
  }
  return [...nodes.values()];
}

/** A flow whose only bot is the shared one gets a copy of it, with a code and a name of its own. */
function withOwnBot(flow: readonly unknown[], plans: readonly ChannelPlan[]): unknown[] {
  const [plan] = plans;
  const bots = flow.filter((node) => textAt(node, 'type') === 'bitrix-bot');
  if (!plan || plans.length > 1 || bots.length !== 1) return [...flow];
  const shared = textAt(bots[0], 'id');
  const own = `${shared}-${plan.code}`;
  return flow.map((node) => {
    if (textAt(node, 'id') === shared)
      return Object.assign({}, node, { id: own, code: plan.code, botName: plan.title });
    return textAt(node, 'bot') === shared ? Object.assign({}, node, { bot: own }) : node;
  });
}

async function deploy(url: string, flows: unknown[]): Promise<void> {
  const response = await fetch(`${url}/flows`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Node-RED-Deployment-Type': 'full' },
    body: JSON.stringify(flows),
  });
  if (!response.ok) throw new Error(`Node-RED did not take the flows: ${response.status}`);
}

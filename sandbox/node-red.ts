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
import { setTimeout as sleep } from 'node:timers/promises';
import { entriesAt, textAt } from '../lib/core/fields';
import { channelPlans, type ChannelPlan } from './channels';
import { consoleWords } from './console-words';
import { isMap } from './shared/params';
import { languageCodes, type Language } from './web/language';

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
  /** Of its log, of the statuses of its nodes, and of what is told to SpeechSense. */
  language: Language;
}

/** A Node-RED with the pack in it and, at its first start, the shipped flows. What you change in it is kept. */
export async function startNodeRed(options: NodeRedOptions): Promise<SandboxNodeRed> {
  const { port, userFolder, environment, language } = options;
  const words = consoleWords[language];
  const isFirstStart = !existsSync(join(userFolder, 'flows.json'));
  layOutUserFolder(userFolder, { port, language });
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    process.execPath,
    [
      require.resolve('node-red/red.js'),
      '--userDir',
      userFolder,
      '--settings',
      join(userFolder, 'settings.js'),
    ],
    { env: { ...process.env, PUBLIC_URL: url, ...environment }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let log = '';
  let isUp = false;
  child.stdout.on('data', (chunk: Buffer) => {
    log += chunk.toString();
    // Before that they are those of any new Node-RED; when it does not start, they are in its error.
    if (isUp && /\[(?:error|warn)\]/.test(chunk.toString())) process.stdout.write(chunk);
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${words.nodeRedEnded(code)}:\n${log}`)));
  });
  // Later it is `ended` that is waited for.
  failed.catch(() => undefined);
  const looking = new AbortController();
  try {
    await Promise.race([flowsRun(url, looking.signal), failed]);
    isUp = true;
    if (isFirstStart) await deploy(url, shippedFlows(language), words.flowsRefused);
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    looking.abort();
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

const lookEveryMs = 100;

/** Asked by HTTP, for its log is in the language of whoever reads it. Before it has read its flows it has none to show. */
async function flowsRun(url: string, signal: AbortSignal): Promise<void> {
  const headers = { 'Node-RED-API-Version': 'v2' };
  while (!signal.aborted) {
    const answer: unknown = await fetch(`${url}/flows`, { headers, signal }).then(
      (response) => response.json(),
      () => undefined,
    );
    if (isMap(answer) && Array.isArray(answer['flows'])) return;
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

/** What the pack remembers is of stand-ins that are gone: their calls would count as sent. */
function layOutUserFolder(
  userFolder: string,
  { port, language }: Pick<NodeRedOptions, 'port' | 'language'>,
): void {
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
    lang: nodeRedLanguages[language],
    flowFile: 'flows.json',
    credentialSecret: 'only for the sandbox',
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false },
    logging: { console: { level: 'info', metrics: false, audit: false } },
  };
  writeFileSync(join(userFolder, 'settings.js'), `module.exports = ${JSON.stringify(settings, null, 2)};\n`);
}

/** As the catalogues of Node-RED are called. */
const nodeRedLanguages: Readonly<Record<Language, string>> = { en: 'en-US', ru: 'ru' };

/** The flows share their config nodes, so each of those is taken once; but each flow that answers has bots of its own. */
export function shippedFlows(language: Language): unknown[] {
  const folder = join(project, 'flows');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.json'),
  );
  const nodes = new Map<string, unknown>();
  for (const file of files.sort()) {
    const flow: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const codes = channelPlans.filter((plan) => plan.flow === file.split(sep).join('/'));
    const [group = ''] = file.split(sep);
    for (const node of withOwnBot(entriesAt({ flow }, 'flow'), codes))
      nodes.set(textAt(node, 'id') ?? '', inLanguage(withGroup(node, group), language));
  }
  return [...nodes.values()];
}

/** What is told to SpeechSense cannot follow the dialog. */
function inLanguage(node: unknown, language: Language): unknown {
  if (textAt(node, 'type') !== 'speechsense-connection') return node;
  return Object.assign({}, node, { language: languageCodes[language] });
}

/** Each folder of flows counts from 0 or 1; with all of them in one editor, its name has to tell them apart. */
function withGroup(node: unknown, group: string): unknown {
  if (textAt(node, 'type') !== 'tab') return node;
  return Object.assign({}, node, { label: `${group} ${textAt(node, 'label') ?? ''}` });
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
      return Object.assign({}, node, { id: own, name: plan.title, code: plan.code, botName: plan.title });
    return textAt(node, 'bot') === shared ? Object.assign({}, node, { bot: own }) : node;
  });
}

async function deploy(url: string, flows: unknown[], refused: (status: number) => string): Promise<void> {
  const response = await fetch(`${url}/flows`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Node-RED-Deployment-Type': 'full' },
    body: JSON.stringify(flows),
  });
  if (!response.ok) throw new Error(refused(response.status));
}

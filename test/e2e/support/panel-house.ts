import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { artefacts, repository, type RuntimeKind } from './matrix';
import { packedTarball } from './pack';
import { startNodeRed } from './runtime';

export interface PanelHouse {
  url: string;
  readLog(): Promise<string>;
  /** Under the same address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PanelHouseOptions {
  adminRoot?: string | false;
  /** Parts that do not exist, so that the panel has something to show. */
  madeUp?: boolean;
  /** Other processes that do not exist, with a store that they share with this one. */
  madeUpInstances?: boolean;
  /** A node that does not work and, after a POST to `/made-up/bot`, a bot as well. */
  madeUpTroubles?: boolean;
  /** Default: one that holds no node of the pack. */
  flow?: readonly object[];
  settings?: object;
  /** Where its log goes. */
  folder?: string;
}

export const pictures = join(artefacts, 'panel');
const packName = '@bitlane/node-red-bitrix24';

/** A Node-RED with the built pack and no node of it in a flow: all that is there comes from the plugin. */
export async function startPanelHouse(kind: RuntimeKind, options: PanelHouseOptions): Promise<PanelHouse> {
  // Sees to it that dist/ is built.
  await packedTarball();
  const userFolder = await mkdtemp(join(tmpdir(), 'bitlane-panel-'));
  const link = join(userFolder, 'node_modules', packName);
  await mkdir(join(link, '..'), { recursive: true });
  await symlink(repository, link, 'junction');
  const project = { name: 'tests', version: '0.0.1', private: true, dependencies: { [packName]: '*' } };
  await writeFile(join(userFolder, 'package.json'), JSON.stringify(project));
  await writeFile(join(userFolder, 'flows.json'), JSON.stringify(options.flow ?? flow));
  if (options.madeUp) {
    await cp(join(__dirname, 'made-up-parts'), join(userFolder, 'nodes'), { recursive: true });
  }
  if (options.madeUpInstances) {
    await cp(join(__dirname, 'made-up-instances'), join(userFolder, 'nodes'), { recursive: true });
  }
  if (options.madeUpTroubles) {
    await cp(join(__dirname, 'made-up-troubles'), join(userFolder, 'nodes'), { recursive: true });
  }
  const { adminRoot = '/', settings = {}, folder = pictures } = options;
  const logFile = join(folder, `${kind.name}-${String(adminRoot).replace('/', 'root-')}.log`);
  const house = { userFolder, logFile, adminRoot, environment: {}, settings };
  let nodeRed = await startNodeRed(kind, house);
  const { url } = nodeRed;
  return {
    url,
    readLog: () => readFile(logFile, 'utf8'),
    async restart() {
      await nodeRed.stop();
      nodeRed = await startNodeRed(kind, { ...house, port: Number(new URL(url).port) });
    },
    async stop() {
      await nodeRed.stop();
      await rm(userFolder, { recursive: true, force: true });
    },
  };
}

const flow = [
  { id: 't1', type: 'tab', label: 'Flow 1' },
  { id: 'r1', type: 'comment', z: 't1', name: 'Questions of clients', x: 300, y: 200, wires: [] },
];

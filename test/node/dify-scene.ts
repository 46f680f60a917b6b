import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import helper, { type TestFlowsItem } from 'node-red-node-test-helper';
import type { NodeInitializer } from 'node-red';
import { at, textAt } from '../../lib/core/fields';
import { startDify, type AppInit, type Dify } from '../../sandbox/dify';
import type { Message } from '../../nodes/runtime/shell';
import { storesClosed } from '../support/stores-closed';
import { until } from '../support/until';

export interface FlowItem extends TestFlowsItem {
  scope?: string[] | null;
  [property: string]: unknown;
}

export type Seen = Record<'out' | 'progress' | 'caught', Message[]>;

export interface DifyScene {
  readonly dify: Dify;
  readonly seen: Seen;
  /** Loads the node under test, wired to what takes down its messages; what was seen before is forgotten. */
  deploy(settings: object, options?: DeployOptions): Promise<void>;
  send(message: Record<string, unknown>): void;
  /** Sends, and gives what came of it. */
  ask(message: Record<string, unknown>): Promise<Message>;
  unload(): Promise<void>;
  /** What the node under test has warned of since it was loaded. The test Node-RED has no catalogues. */
  warnings(): string[];
}

export interface DeployOptions {
  app?: string;
  config?: object;
  nodes?: readonly FlowItem[];
  credentials?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** As Node-RED counts them. */
const levelOfWarnings = 30;

/** A Node-RED with one Dify node in it and a stand-in of Dify, for the tests of one `describe`. */
export function useDifyScene(type: string, parts: NodeInitializer[], apps: readonly AppInit[]): DifyScene {
  let dify: Dify | undefined;
  let userDir = '';
  const seen: Seen = { out: [], progress: [], caught: [] };
  const opened = (): Dify => {
    if (!dify) throw new Error('the scene is not set');
    return dify;
  };
  const unload = async (): Promise<void> => {
    await Promise.resolve(helper.unload());
  };

  before(async () => {
    dify = await startDify({ apps });
    userDir = mkdtempSync(join(tmpdir(), 'bitlane-dify-'));
    helper.init(require.resolve('node-red'));
    helper.settings({ userDir });
    await Promise.resolve(helper.startServer());
  });
  afterEach(async () => {
    await unload();
    opened().clearScripts();
  });
  after(async function () {
    await Promise.resolve(helper.stopServer());
    helper.settings({});
    await storesClosed(userDir);
    await opened().stop();
    rmSync(userDir, { recursive: true, force: true });
  });

  const deploy: DifyScene['deploy'] = async (settings, options = {}) => {
    const { app = apps[0]?.name ?? '', config = {}, nodes = [] } = options;
    const credentials = { conf: { apiKey: opened().app(app).key }, ...options.credentials };
    for (const list of Object.values(seen)) list.length = 0;
    const flow: FlowItem[] = [
      ...nodes,
      { id: 'flow-1', type: 'tab' },
      { id: 'conf', type: 'dify-app', baseUrl: opened().baseUrl, ...config },
      { id: 'node', type, z: 'flow-1', app: 'conf', wires: [['out'], ['progress']], ...settings },
      { id: 'catcher', type: 'catch', z: 'flow-1', scope: null, wires: [['caught']] },
      ...Object.keys(seen).map((id) => ({ id, type: 'helper', z: 'flow-1' })),
    ];
    await Promise.resolve(helper.load(parts, flow, credentials));
    for (const name of ['out', 'progress', 'caught'] as const) {
      helper.getNode(name).on('input', (received) => void seen[name].push(received));
    }
  };

  const send = (message: Record<string, unknown>): void => helper.getNode('node').receive(message);

  async function ask(message: Record<string, unknown>): Promise<Message> {
    const before = seen.out.length + seen.caught.length;
    const [outs, faults] = [seen.out.length, seen.caught.length];
    send(message);
    await until(() => seen.out.length + seen.caught.length > before, 'an outcome');
    const came = seen.out[outs] ?? seen.caught[faults];
    if (!came) throw new Error('nothing came');
    return came;
  }

  return {
    get dify() {
      return opened();
    },
    seen,
    deploy,
    send,
    ask,
    unload,
    warnings: () =>
      helper
        .log()
        .args.map((args: unknown[]) => args[0])
        .filter((entry) => textAt(entry, 'id') === 'node' && at(entry, 'level') === levelOfWarnings)
        .map((entry) => JSON.stringify(at(entry, 'msg'))),
  };
}

/** What `bitrix-in` would say of a message in this dialog. */
export function fromDialog(dialogId: string, payload: unknown, more: object = {}): Record<string, unknown> {
  return {
    payload,
    inputs: {},
    bitrix: {
      portal: { memberId: 'member-1', domain: 'portal.example' },
      bot: { id: 7, code: 'helper' },
      dialogId,
      user: { id: 5 },
      files: [],
      ...more,
    },
  };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import helper, { type TestFlowsItem } from 'node-red-node-test-helper';
import type { Node, NodeAPI, NodeDef, NodeInitializer } from 'node-red';
import { createMemoryStore } from '../../lib/store/memory-store';
import type { Store } from '../../lib/store/store';
import registerConnection from '../../nodes/config/speechsense-connection/speechsense-connection';
import { storeKind } from '../../nodes/runtime/kinds';
import type { Message } from '../../nodes/runtime/shell';
import registerTalks from '../../nodes/speechsense-talks/speechsense-talks';
import registerUpload from '../../nodes/speechsense-upload-text/speechsense-upload-text';
import { startSpeechSense, type SpeechSense } from '../../sandbox/speechsense';
import { storesClosed } from '../support/stores-closed';
import { until } from '../support/until';

export interface FlowItem extends TestFlowsItem {
  scope?: string[] | null;
  [property: string]: unknown;
}

export type Seen = Record<'out' | 'caught' | 'statuses', Message[]>;

export interface SpeechSenseScene {
  readonly service: SpeechSense;
  readonly store: Store;
  readonly seen: Seen;
  /** Loads the node under test, wired to what takes down its messages; what was seen before is forgotten. */
  deploy(settings: object, connection?: object, secret?: string): Promise<void>;
  send(message: Record<string, unknown>): void;
  /** Sends, and gives what came out, or the message with its error. */
  ask(message: Record<string, unknown>): Promise<Message>;
  unload(): Promise<void>;
  /** Whoever asks for the store has it when this has come true. */
  openStoreAfter(opening: Promise<void>): void;
  /** What went to the log since the node was loaded. The test Node-RED has no catalogues. */
  logged(): unknown[];
}

/** A Node-RED with a SpeechSense node in it and a stand-in of the service for each test. */
export function useSpeechSenseScene(): SpeechSenseScene {
  let service: SpeechSense | undefined;
  let userDir = '';
  let store = createMemoryStore();
  let opening: Promise<void> = Promise.resolve();
  const seen: Seen = { out: [], caught: [], statuses: [] };
  const running = (): SpeechSense => {
    if (!service) throw new Error('the scene is not set');
    return service;
  };
  const unload = async (): Promise<void> => {
    await Promise.resolve(helper.unload());
  };

  before(async () => {
    userDir = mkdtempSync(join(tmpdir(), 'bitlane-speechsense-'));
    helper.init(require.resolve('node-red'));
    helper.settings({ userDir });
    await Promise.resolve(helper.startServer());
  });
  beforeEach(async () => {
    store = createMemoryStore();
    opening = Promise.resolve();
    service = await startSpeechSense({ readyAfterMs: 0 });
  });
  afterEach(async () => {
    await unload();
    await running().stop();
    await store.close();
  });
  after(async () => {
    await Promise.resolve(helper.stopServer());
    helper.settings({});
    await storesClosed(userDir);
    rmSync(userDir, { recursive: true, force: true });
  });

  const deploy: SpeechSenseScene['deploy'] = async (settings, connection = {}, secret = running().apiKey) => {
    await unload();
    for (const list of Object.values(seen)) list.length = 0;
    const { endpoint, chatConnectionId: connectionId } = running();
    const flow: FlowItem[] = [
      { id: 'memory', type: 'bitlane-store' },
      { id: 'flow-1', type: 'tab' },
      {
        ...{ id: 'conf', type: 'speechsense-connection', endpoint, tls: false, connectionId },
        ...{ kind: 'chat', ...connection },
      },
      {
        ...{ id: 'node', type: 'speechsense-upload-text', z: 'flow-1', connection: 'conf', store: 'memory' },
        ...{ wires: [['out']], ...settings },
      },
      { id: 'catcher', type: 'catch', z: 'flow-1', scope: null, wires: [['caught']] },
      { id: 'observer', type: 'status', z: 'flow-1', scope: null, wires: [['statuses']] },
      ...Object.keys(seen).map((id) => ({ id, type: 'helper', z: 'flow-1' })),
    ];
    const parts = [
      registerMemoryStore(() => opening.then(() => store)),
      registerConnection,
      registerUpload,
      registerTalks,
    ];
    await Promise.resolve(helper.load(parts, flow, { conf: { secret } }));
    for (const name of ['out', 'caught', 'statuses'] as const) {
      helper.getNode(name).on('input', (received) => void seen[name].push(received));
    }
  };

  const send = (message: Record<string, unknown>): void => helper.getNode('node').receive(message);

  return {
    get service() {
      return running();
    },
    get store() {
      return store;
    },
    seen,
    deploy,
    send,
    async ask(message) {
      const before = [...seen.out, ...seen.caught];
      const came = (): Message | undefined =>
        [...seen.out, ...seen.caught].find((message) => !before.includes(message));
      send(message);
      await until(() => came() !== undefined, 'an outcome');
      const outcome = came();
      if (!outcome) throw new Error('nothing came');
      return outcome;
    },
    unload,
    openStoreAfter: (until) => void (opening = until),
    logged: () => helper.log().args.map((args: unknown[]) => args[0]),
  };
}

/** In the place of the real store node. */
function registerMemoryStore(source: () => Promise<Store>): NodeInitializer {
  return (RED: NodeAPI) => {
    RED.nodes.registerType('bitlane-store', function (this: Node, definition: NodeDef) {
      RED.nodes.createNode(this, definition);
      const value = {
        source,
        ...{ keyPrefix: 'bitbot', eventMaxAgeMs: 3_600_000, deadLetterMs: 3_600_000 },
        onState: () => () => undefined,
      };
      storeKind.offers.set(this, { value });
    });
  };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import helper, { type TestFlowsItem } from 'node-red-node-test-helper';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { systemClock } from '../../lib/core/clock';
import { textAt } from '../../lib/core/fields';
import { createMemoryStore } from '../../lib/store/memory-store';
import type { Store } from '../../lib/store/store';
import registerStore from '../../nodes/config/bitlane-store/bitlane-store';
import { storeKind } from '../../nodes/runtime/kinds';
import type { Message } from '../../nodes/runtime/shell';
import registerSessionStore from '../../nodes/session-store/session-store';
import { storesClosed } from '../support/stores-closed';
import { until } from '../support/until';

interface FlowItem extends TestFlowsItem {
  scope?: string[] | null;
  [property: string]: unknown;
}

type Seen = Record<'out' | 'idle' | 'caught', Message[]>;

export interface SessionScene {
  readonly seen: Seen;
  /** What the nodes keep their sessions in, unless they are deployed with a store on the disk. */
  readonly store: Store;
  /** For the store alone. */
  passTime(ms: number): void;
  /** One session-store node for each name, all wired to the same ends; what was seen before is forgotten. */
  deploy(nodes: Readonly<Record<string, object>>, options?: { onDisk?: boolean }): Promise<void>;
  send(node: string, message: Record<string, unknown>): void;
  /** Sends, and gives what came out for this message, also when other messages are on their way. */
  ask(node: string, message: Record<string, unknown>): Promise<Message>;
  unload(): Promise<void>;
  /** Until a store on the disk is closed as well, as with the end of Node-RED. */
  shutDown(): Promise<void>;
}

/** A Node-RED with session-store nodes in it, for the tests of one `describe`. */
export function useSessionScene(): SessionScene {
  let userDir = '';
  let elapsed = 0;
  let asked = 0;
  let store = createMemoryStore();
  const seen: Seen = { out: [], idle: [], caught: [] };

  const registerMemoryStore = (RED: NodeAPI): void =>
    RED.nodes.registerType('bitlane-store', function (this: Node, definition: NodeDef) {
      RED.nodes.createNode(this, definition);
      const limits = { eventMaxAgeMs: 3_600_000, deadLetterMs: 3_600_000 };
      const source = (): Promise<Store> => Promise.resolve(store);
      const value = { ...limits, source, keyPrefix: 'bitbot', onState: () => () => undefined };
      storeKind.offers.set(this, { value });
    });
  const unload = async (): Promise<void> => {
    await Promise.resolve(helper.unload());
  };

  before(async () => {
    userDir = mkdtempSync(join(tmpdir(), 'bitlane-session-store-'));
    helper.init(require.resolve('node-red'));
    helper.settings({ userDir });
    await Promise.resolve(helper.startServer());
  });
  beforeEach(() => {
    elapsed = 0;
    store = createMemoryStore({ clock: systemClock, monotonic: () => elapsed });
  });
  afterEach(async () => {
    await unload();
    await store.close();
  });
  after(async function () {
    await Promise.resolve(helper.stopServer());
    helper.settings({});
    await storesClosed(userDir);
    rmSync(userDir, { recursive: true, force: true });
  });

  const deploy: SessionScene['deploy'] = async (nodes, { onDisk = false } = {}) => {
    for (const list of Object.values(seen)) list.length = 0;
    const flow: FlowItem[] = [
      { id: 'memory', type: 'bitlane-store' },
      { id: 'tab', type: 'tab' },
      ...Object.entries(nodes).map(([name, settings]) => ({
        ...{ id: idOf(name), type: 'session-store', z: 'tab', store: 'memory', wires: [['out'], ['idle']] },
        ...settings,
      })),
      { id: 'catcher', type: 'catch', z: 'tab', scope: null, wires: [['caught']] },
      ...Object.keys(seen).map((id) => ({ id, type: 'helper', z: 'tab' })),
    ];
    const parts = [onDisk ? registerStore : registerMemoryStore, registerSessionStore];
    await Promise.resolve(helper.load(parts, flow));
    for (const name of ['out', 'idle', 'caught'] as const) {
      helper.getNode(name).on('input', (received) => void seen[name].push(received));
    }
  };

  const send = (node: string, message: Record<string, unknown>): void =>
    helper.getNode(idOf(node)).receive(message);

  async function ask(node: string, message: Record<string, unknown>): Promise<Message> {
    const mark = `asked-${(asked += 1)}`;
    send(node, { ...message, mark });
    const answer = (): Message | undefined =>
      [...seen.out, ...seen.caught].find((one) => textAt(one, 'mark') === mark);
    await until(() => answer() !== undefined, `what ${node} makes of a message`);
    return answer() ?? { _msgid: '' };
  }

  return {
    seen,
    get store() {
      return store;
    },
    passTime: (ms) => void (elapsed += ms),
    deploy,
    send,
    ask,
    unload,
    async shutDown() {
      await unload();
      await storesClosed(userDir);
    },
  };
}

/** Node-RED starts nothing when a node's id is also one of its values, `load` for example. */
function idOf(name: string): string {
  return `node-${name}`;
}

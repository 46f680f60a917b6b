import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import helper, { type TestFlowsItem } from 'node-red-node-test-helper';
import type { Node, NodeAPI, NodeDef, NodeInitializer } from 'node-red';
import { entriesAt, textAt } from '../../lib/core/fields';
import { systemClock } from '../../lib/core/clock';
import { createMemoryStore } from '../../lib/store/memory-store';
import type { Store } from '../../lib/store/store';
import registerBot from '../../nodes/config/typebot-bot/typebot-bot';
import { storeKind } from '../../nodes/runtime/kinds';
import type { Message } from '../../nodes/runtime/shell';
import registerChat from '../../nodes/typebot-chat/typebot-chat';
import { startTypebot, type BotInit, type Typebot, type TypebotOptions } from '../../sandbox/typebot';
import { storesClosed } from '../support/stores-closed';
import { until } from '../support/until';

export interface FlowItem extends TestFlowsItem {
  scope?: string[] | null;
  [property: string]: unknown;
}

/** `out` by the node that gave it, so that a test can tell two of them apart. */
export type Seen = Record<'out' | 'done' | 'caught' | 'statuses', Message[]>;

export interface DeployOptions {
  bot?: string;
  config?: object;
  nodes?: readonly FlowItem[];
  credentials?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface TypebotScene {
  readonly typebot: Typebot;
  readonly seen: Seen;
  /** Where the nodes under test keep what they remember, unless a test says otherwise. */
  readonly store: Store;
  /** For the store alone. */
  passTime(ms: number): void;
  /** Loads the node under test, wired to what takes down its messages; what was seen before is forgotten. */
  deploy(settings?: object, options?: DeployOptions): Promise<void>;
  send(message: Record<string, unknown>, node?: string): void;
  /** Sends, and gives the answer or the message with its error. */
  ask(message: Record<string, unknown>, node?: string): Promise<Message>;
  /** Sends, and waits until the node is through with it without a word. */
  hush(message: Record<string, unknown>, node?: string): Promise<void>;
  unload(): Promise<void>;
  /** All that went to the log since the node was loaded. The test Node-RED has no catalogues. */
  logged(): unknown[];
}

export interface SceneOptions {
  parts?: readonly NodeInitializer[];
  bots?: readonly BotInit[];
  typebot?: TypebotOptions;
}

/** A Node-RED with a Typebot node in it and a stand-in of Typebot, for the tests of one `describe`. */
export function useTypebotScene({
  parts = [],
  bots = [],
  typebot: init = {},
}: SceneOptions = {}): TypebotScene {
  let typebot: Typebot | undefined;
  let userDir = '';
  let elapsed = 0;
  let store = createMemoryStore();
  const seen: Seen = { out: [], done: [], caught: [], statuses: [] };
  const opened = (): Typebot => {
    if (!typebot) throw new Error('the scene is not set');
    return typebot;
  };
  const unload = async (): Promise<void> => {
    await Promise.resolve(helper.unload());
  };

  before(async () => {
    typebot = await startTypebot(init);
    for (const bot of bots) typebot.addBot(bot);
    userDir = mkdtempSync(join(tmpdir(), 'bitlane-typebot-'));
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
    opened().clearScripts();
    await store.close();
  });
  after(async function () {
    await Promise.resolve(helper.stopServer());
    helper.settings({});
    await storesClosed(userDir);
    await opened().stop();
    rmSync(userDir, { recursive: true, force: true });
  });

  const deploy: TypebotScene['deploy'] = async (settings = {}, options = {}) => {
    const { bot = 'greeting', config = {}, nodes = [], credentials = {} } = options;
    for (const list of Object.values(seen)) list.length = 0;
    const flow: FlowItem[] = [
      { id: 'memory', type: 'bitlane-store' },
      ...nodes,
      { id: 'flow-1', type: 'tab' },
      { id: 'conf', type: 'typebot-bot', startUrl: startUrlOf(opened(), bot), ...config },
      { ...chatNode('node'), ...settings },
      { id: 'catcher', type: 'catch', z: 'flow-1', scope: null, wires: [['caught']] },
      {
        id: 'completer',
        type: 'complete',
        z: 'flow-1',
        scope: idsOf('typebot-chat', nodes),
        wires: [['done']],
      },
      { id: 'observer', type: 'status', z: 'flow-1', scope: null, wires: [['statuses']] },
      ...Object.keys(seen).map((id) => ({ id, type: 'helper', z: 'flow-1' })),
    ];
    const all = [registerMemoryStore(() => store), registerBot, registerChat, ...parts];
    await Promise.resolve(helper.load(all, flow, { ...credentials }));
    for (const name of ['out', 'done', 'caught', 'statuses'] as const) {
      helper.getNode(name).on('input', (received) => void seen[name].push(received));
    }
  };

  const send = (message: Record<string, unknown>, node = 'node'): void =>
    helper.getNode(node).receive(message);

  async function through(message: Record<string, unknown>, node?: string): Promise<Message[]> {
    const [outs, faults, ends] = [seen.out.length, seen.caught.length, seen.done.length];
    send(message, node);
    const isOver = (): boolean => seen.done.length > ends || seen.caught.length > faults;
    await until(isOver, 'the node to be through with the message');
    return [...seen.out.slice(outs), ...seen.caught.slice(faults)];
  }

  return {
    get typebot() {
      return opened();
    },
    get store() {
      return store;
    },
    seen,
    passTime: (ms) => void (elapsed += ms),
    deploy,
    send,
    async ask(message, node) {
      const [came] = await through(message, node);
      if (!came) throw new Error('nothing came');
      return came;
    },
    async hush(message, node) {
      const came = await through(message, node);
      if (came.length > 0) throw new Error(`said ${JSON.stringify(came)}`);
    },
    unload,
    logged: () => helper.log().args.map((args: unknown[]) => args[0]),
  };
}

export function chatNode(id: string, settings: object = {}): FlowItem {
  return {
    id,
    type: 'typebot-chat',
    z: 'flow-1',
    bot: 'conf',
    store: 'memory',
    wires: [['out']],
    ...settings,
  };
}

function idsOf(type: string, nodes: readonly FlowItem[]): string[] {
  return ['node', ...nodes.filter((node) => node.type === type).map(({ id }) => id)];
}

/** A bot of the stand-in, or an address as it is. */
function startUrlOf(typebot: Typebot, bot: string): string {
  return bot === '' || /[:/$]/.test(bot) ? bot : typebot.publicUrl(bot);
}

/** In the place of the real store node: a store whose time the test has in hand. */
function registerMemoryStore(store: () => Store): NodeInitializer {
  return (RED: NodeAPI) => {
    RED.nodes.registerType('bitlane-store', function (this: Node, definition: NodeDef) {
      RED.nodes.createNode(this, definition);
      const value = {
        source: () => Promise.resolve(store()),
        keyPrefix: 'bitbot',
        eventMaxAgeMs: 3_600_000,
        deadLetterMs: 3_600_000,
        onState: () => () => undefined,
      };
      storeKind.offers.set(this, { value });
    });
  };
}

/** What `bitrix-in` would say of a message in this dialog. */
export function fromDialog(dialogId: string, payload: unknown, more: object = {}): Record<string, unknown> {
  return {
    payload,
    inputs: {},
    bitrix: {
      kind: 'message',
      portal: { memberId: 'member-1', domain: 'portal.example' },
      bot: { id: 7, code: 'helper' },
      dialogId,
      language: 'en',
      ...(typeof payload === 'string' && { text: payload }),
      user: { id: 5 },
      files: [],
      ...more,
    },
  };
}

export const keyOf = (dialogId: string): string => `bitbot:member-1:7:${dialogId}`;

export function partsOf(message: Message, type: string): unknown[] {
  return entriesAt(message, 'parts').filter((part) => textAt(part, 'type') === type);
}

/** The buttons of an answer, and how a press of one of them comes back from `bitrix-in`. */
export function press(message: Message, label: string): Record<string, unknown> {
  const [choices] = partsOf(message, 'choices');
  const item = entriesAt(choices, 'items').find((one) => textAt(one, 'label') === label);
  if (item === undefined) throw new Error(`no button ${label}`);
  return { choice: { items: [item], context: textAt(choices, 'context') } };
}

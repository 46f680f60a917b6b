import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import helper, { type TestFlowsItem } from 'node-red-node-test-helper';
import type { Node, NodeAPI, NodeDef, NodeInitializer } from 'node-red';
import { at, textAt } from '../../lib/core/fields';
import { createMemoryStore } from '../../lib/store/memory-store';
import type { Store } from '../../lib/store/store';
import registerConnection from '../../nodes/config/speechsense-connection/speechsense-connection';
import { storeKind } from '../../nodes/runtime/kinds';
import type { Message } from '../../nodes/runtime/shell';
import registerUpload from '../../nodes/speechsense-upload-audio/speechsense-upload-audio';
import { talkPieces } from '../../sandbox/shared/audio';
import { startSpeechSense, type SpeechSense, type StoredTalk } from '../../sandbox/speechsense';
import { until } from '../support/until';

interface FlowItem extends TestFlowsItem {
  scope?: string[] | null;
  [property: string]: unknown;
}

export const metadata = {
  operator_id: '103',
  operator_name: 'Anna',
  client_id: '587',
  client_name: 'John',
  date: '2026-03-10T13:19:38+03:00',
  direction_outgoing: false,
};

/** What the stand-in gets of these, with the language of the connection. */
export const metadataSent = {
  ...metadata,
  date: '2026-03-10T10:19:38.000Z',
  direction_outgoing: 'false',
  language: 'ru-RU',
};

export function wav(seed: number, shape: { seconds?: number; channels?: 1 | 2 } = {}): Buffer {
  return Buffer.concat([...talkPieces({ seed, seconds: 2, channels: 2, ...shape })]);
}

export interface AudioScene {
  readonly service: SpeechSense;
  /** A folder of the test's own, for recordings; Node-RED reads relative paths from it. */
  readonly folder: string;
  file(name: string, bytes: Buffer): string;
  /** Serves on a port of its own until the test is over; gives the origin. */
  serve(listener: RequestListener): Promise<string>;
  deploy(settings?: object, connection?: object): Promise<void>;
  /** Sends, and gives the answer or the message with its error. */
  ask(message: Record<string, unknown>): Promise<Message>;
  /** The code of the error and all that is said of it. */
  refused(message: Record<string, unknown>): Promise<{ code: string | undefined; message: string }>;
  readonly statuses: readonly string[];
  /** All that somebody can see who looks at this Node-RED, without the messages. */
  shown(): string;
  temporaryFiles(): string[];
}

export function talkIn(message: Message): Record<string, unknown> {
  assert.equal(message.error, undefined, inspect(message.error));
  return Object.assign({}, message.speechsense);
}

export function onlyTalk({ talks }: Pick<SpeechSense, 'talks'>): StoredTalk {
  assert.equal(talks.length, 1);
  return talks[0] ?? assert.fail('no talk');
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A Node-RED with an upload node in it and a stand-in of SpeechSense, for the tests of one `describe`. */
export function useAudioScene(): AudioScene {
  const servers: Server[] = [];
  const seen: Record<'out' | 'caught' | 'statuses', Message[]> = { out: [], caught: [], statuses: [] };
  let service: SpeechSense | undefined;
  let folder = '';
  let store = createMemoryStore();
  const usualTemporary = process.env['TMPDIR'];
  const opened = (): SpeechSense => service ?? assert.fail('the scene is not set');

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bitlane-audio-'));
    process.env['TMPDIR'] = mkdtempSync(join(folder, 'temporary-'));
    helper.init(require.resolve('node-red'));
    const settings = { userDir: folder, fileWorkingDirectory: folder };
    helper.settings(settings);
    await Promise.resolve(helper.startServer());
  });
  beforeEach(async () => {
    store = createMemoryStore();
    service = await startSpeechSense();
  });
  afterEach(async () => {
    await Promise.resolve(helper.unload());
    await opened().stop();
    await store.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
  after(async () => {
    await Promise.resolve(helper.stopServer());
    helper.settings({});
    if (usualTemporary === undefined) Reflect.deleteProperty(process.env, 'TMPDIR');
    else process.env['TMPDIR'] = usualTemporary;
    rmSync(folder, { recursive: true, force: true });
  });

  let asked = 0;
  async function ask(message: Record<string, unknown>): Promise<Message> {
    asked += 1;
    const _msgid = `asked-${asked}`;
    const came = (): Message | undefined =>
      [...seen.out, ...seen.caught].find((received) => received._msgid === _msgid);
    helper.getNode('node').receive({ ...message, _msgid });
    await until(() => came() !== undefined, 'the message');
    return came() ?? assert.fail('nothing came');
  }

  return {
    get service() {
      return opened();
    },
    get folder() {
      return folder;
    },
    file(name, bytes) {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    },
    async serve(listener) {
      const server = createServer(listener);
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async deploy(settings = {}, connection = {}) {
      await Promise.resolve(helper.unload());
      for (const list of Object.values(seen)) list.length = 0;
      const { endpoint, connectionId, apiKey } = opened();
      const conf = { connectionId, kind: 'audio', endpoint: `http://${endpoint}`, ...connection };
      const node = { connection: 'conf', store: 'memory', wires: [['out']], ...settings };
      const flow: FlowItem[] = [
        { id: 'memory', type: 'bitlane-store' },
        { id: 'flow-1', type: 'tab' },
        { id: 'conf', type: 'speechsense-connection', ...conf },
        { id: 'node', type: 'speechsense-upload-audio', z: 'flow-1', ...node },
        { id: 'catcher', type: 'catch', z: 'flow-1', scope: null, wires: [['caught']] },
        { id: 'observer', type: 'status', z: 'flow-1', scope: null, wires: [['statuses']] },
        ...Object.keys(seen).map((id) => ({ id, type: 'helper', z: 'flow-1' })),
      ];
      const parts = [registerMemoryStore(() => store), registerConnection, registerUpload];
      await Promise.resolve(helper.load(parts, flow, { conf: { secret: apiKey } }));
      for (const name of ['out', 'caught', 'statuses'] as const) {
        helper.getNode(name).on('input', (received) => void seen[name].push(received));
      }
    },
    ask,
    async refused(message) {
      const caught = await ask(message);
      const said = textAt(caught, 'error', 'message') ?? assert.fail(inspect(caught.speechsense));
      return { code: textAt(caught, 'error', 'code'), message: said };
    },
    get statuses() {
      return seen.statuses.map(({ status }) => textAt(status, 'text') ?? '');
    },
    shown() {
      const errors = seen.caught.map((message) => at(message, 'error'));
      const logged = helper.log().args;
      return inspect([errors, seen.statuses, logged], {
        depth: 8,
        maxStringLength: null,
        maxArrayLength: null,
      });
    },
    temporaryFiles: () => readdirSync(tmpdir()),
  };
}

/** In the place of the real store node: a store that begins empty in every test. */
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

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import helper, { type TestFlowsItem } from 'node-red-node-test-helper';
import { at, flagAt, textAt } from '../../lib/core/fields';
import type { SpeechSenseClient } from '../../lib/speechsense/client';
import registerConnection from '../../nodes/config/speechsense-connection/speechsense-connection';
import { speechsenseKind } from '../../nodes/runtime/kinds';
import { startSpeechSense, type SpeechSense } from '../../sandbox/speechsense';

const levelOfErrors = 20;

export interface CheckAnswer {
  ok: boolean;
  message: string;
  details: unknown;
  body: string;
}

export interface ConnectionScene {
  readonly service: SpeechSense;
  readonly folder: string;
  usualSettings(): { endpoint: string; connectionId: string; kind: string };
  /** Gives what the node offers to others; nothing when it cannot be used. */
  deploy(settings?: object, secret?: string): Promise<SpeechSenseClient | undefined>;
  /** The button of the dialog. */
  check(form?: object): Promise<CheckAnswer>;
  /** What the node has said went wrong. */
  errors(): string[];
  /** All that went to the log. */
  logged(): string;
}

/** A Node-RED with a connection node in it and a stand-in of the service for each test. */
export function useConnectionScene(): ConnectionScene {
  let service: SpeechSense | undefined;
  let folder = '';
  const opened = (): SpeechSense => service ?? assert.fail('the scene is not set');
  const usualSettings: ConnectionScene['usualSettings'] = () => ({
    endpoint: `http://${opened().endpoint}`,
    connectionId: opened().connectionId,
    kind: 'audio',
  });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bitlane-speechsense-'));
    helper.init(require.resolve('node-red'));
    helper.settings({ userDir: folder });
    await Promise.resolve(helper.startServer());
  });
  beforeEach(async () => {
    service = await startSpeechSense();
  });
  afterEach(async () => {
    await Promise.resolve(helper.unload());
    await opened().stop();
  });
  after(async () => {
    await Promise.resolve(helper.stopServer());
    helper.settings({});
    rmSync(folder, { recursive: true, force: true });
  });

  return {
    get service() {
      return opened();
    },
    get folder() {
      return folder;
    },
    usualSettings,
    async deploy(settings = {}, secret = opened().apiKey) {
      const node: TestFlowsItem = {
        id: 'conf',
        type: 'speechsense-connection',
        ...usualSettings(),
        ...settings,
      };
      await Promise.resolve(helper.load([registerConnection], [node], { conf: { secret } }));
      return speechsenseKind.offers.get(helper.getNode('conf'))?.value;
    },
    async check(form = {}) {
      const response = await helper
        .request()
        .post('/bitlane/speechsense-connection/check')
        .send({ ...usualSettings(), credentials: { secret: opened().apiKey }, ...form });
      assert.equal(response.status, 200);
      const answer: unknown = response.body;
      return {
        ok: flagAt(answer, 'ok'),
        message: textAt(answer, 'message') ?? '',
        details: at(answer, 'details'),
        body: response.text,
      };
    },
    errors: () =>
      helper
        .log()
        .args.map((args: unknown[]) => args[0])
        .filter((entry: unknown) => textAt(entry, 'id') === 'conf' && at(entry, 'level') === levelOfErrors)
        .map((entry: unknown) => inspect(at(entry, 'msg'))),
    logged: () => inspect(helper.log().args, { depth: 8, maxArrayLength: null, maxStringLength: null }),
  };
}

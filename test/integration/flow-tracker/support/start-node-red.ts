import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import type NodeRed from 'node-red';
import type { NodeAPI } from 'node-red';
import { probeDesk } from '../../../support/fixture-nodes/probe-desk';

export type DeployType = 'full' | 'nodes' | 'flows';

export interface TestNodeRed {
  readonly url: string;
  readonly userDir: string;
  /** What a node module is given. */
  readonly api: NodeAPI;
  readonly log: string[];
  deploy(flows: object[], type?: DeployType): Promise<void>;
  setState(state: 'start' | 'stop'): Promise<void>;
  /** Stops the flows and Node-RED, as SIGTERM does. */
  stop(): Promise<void>;
}

/** The Node-RED at this path, in this process, with the fixture nodes; so that one program can test every line. */
export async function startNodeRed(redModule: string, settings: object = {}): Promise<TestNodeRed> {
  const RED = createRequire(__filename)(redModule) as typeof NodeRed;
  const started = (): Promise<void> =>
    new Promise((resolve) => RED.events.once('flows:started', () => resolve()));
  const userDir = mkdtempSync(join(tmpdir(), 'bitlane-tracker-'));
  const server = createServer((request, response) => {
    RED.httpNode(request as never, response as never);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const log: string[] = [];
  RED.init(server, {
    userDir,
    nodesDir: join(__dirname, '../../../support/fixture-nodes'),
    uiHost: '127.0.0.1',
    uiPort: port,
    httpAdminRoot: false,
    httpNodeRoot: '/',
    flowFile: 'flows.json',
    credentialSecret: 'a fixed secret of the tests',
    telemetry: { enabled: false, updateNotification: false },
    runtimeState: { enabled: true, ui: false },
    logging: { test: { level: 'warn', handler: () => (entry: object) => void log.push(inspect(entry)) } },
    ...settings,
  } as never);
  const ready = started();
  await RED.start();
  await ready;
  if (!probeDesk.RED) throw new Error(`the fixture nodes were not loaded:\n${log.join('\n')}`);
  return {
    url: `http://127.0.0.1:${port}`,
    userDir,
    api: probeDesk.RED,
    log,
    async deploy(flows, type = 'full') {
      const running = started();
      await RED.runtime.flows.setFlows({ flows: { flows }, deploymentType: type } as never);
      await running;
    },
    async setState(state) {
      // Missing in the published types.
      const change: unknown = Reflect.get(RED.runtime.flows, 'setState');
      if (typeof change === 'function') await Reflect.apply(change, RED.runtime.flows, [{ state }]);
    },
    async stop() {
      await RED.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(userDir, { recursive: true, force: true });
    },
  };
}

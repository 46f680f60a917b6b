import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import express, { type Express } from 'express';
import RED from 'node-red';
import { readJson, root } from '../../scripts/pack.cjs';
import { at } from '../../lib/core/fields';
import { storesClosed } from './stores-closed';

export interface EmbeddedNodeRed {
  url: string;
  userDir: string;
  server: Server;
  httpNode: Express;
  log: string[];
  deploy(flows: object[], type: 'full' | 'nodes' | 'flows'): Promise<void>;
  stop(): Promise<void>;
}

/** The real Node-RED with the built pack, in this process, so that a test can count what it leaves behind. */
export async function embedNodeRed(logLevel: 'warn' | 'trace' = 'warn'): Promise<EmbeddedNodeRed> {
  const userDir = mkdtempSync(join(tmpdir(), 'bitlane-embedded-'));
  linkPack(userDir);
  const app = express();
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const log: string[] = [];
  RED.init(server, {
    userDir,
    uiHost: '127.0.0.1',
    uiPort: (server.address() as AddressInfo).port,
    httpAdminRoot: '/',
    httpNodeRoot: '/',
    lang: 'en-US',
    flowFile: 'flows.json',
    credentialSecret: 'a fixed secret of the tests',
    telemetry: { enabled: false, updateNotification: false },
    logging: {
      test: { level: logLevel, handler: () => (entry: object) => void log.push(inspect(entry)) },
    },
  } as Parameters<typeof RED.init>[1]);
  app.use('/', RED.httpAdmin);
  app.use('/', RED.httpNode);
  const ready = flowsStarted();
  await RED.start();
  await ready;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    userDir,
    server,
    httpNode: RED.httpNode,
    log,
    async deploy(flows, type) {
      const started = flowsStarted();
      await RED.runtime.flows.setFlows({ flows: { flows }, deploymentType: type } as never);
      await started;
    },
    async stop() {
      await RED.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await storesClosed(userDir);
      rmSync(userDir, { recursive: true, force: true });
    },
  };
}

function flowsStarted(): Promise<void> {
  return new Promise((resolve) => RED.events.once('flows:started', () => resolve()));
}

function linkPack(userDir: string): void {
  const name = String(at(readJson(join(root, 'package.json')), 'name'));
  const link = join(userDir, 'node_modules', name);
  mkdirSync(join(link, '..'), { recursive: true });
  symlinkSync(root, link, 'junction');
  writeFileSync(
    join(userDir, 'package.json'),
    JSON.stringify({ name: 'tests', dependencies: { [name]: '*' } }),
  );
}

import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { artefacts, type RuntimeKind } from './matrix';
import { packedTarball } from './pack';
import { installPack, startNodeRed, type NodeRed } from './runtime';

/** A user folder with the pack in it, and the Node-RED that uses it, one at a time. */
export interface Installation {
  readonly userFolder: string;
  readonly pictures: string;
  readonly url: string;
  /** Resolves to the seconds that it took. */
  install(): Promise<number>;
  /** Starts Node-RED, after stopping the one that runs. */
  start(adminRoot: string | false, environment: Record<string, string>): Promise<void>;
  stop(): Promise<void>;
  /** What Node-RED said, one text per start. */
  readLogs(): Promise<string[]>;
  remove(): Promise<void>;
}

export async function createInstallation(kind: RuntimeKind): Promise<Installation> {
  const userFolder = await mkdtemp(join(tmpdir(), 'bitlane-e2e-'));
  const pictures = join(artefacts, kind.name);
  await rm(pictures, { recursive: true, force: true });
  await mkdir(pictures, { recursive: true });
  let nodeRed: NodeRed | undefined;
  const logFiles: string[] = [];

  const stop = async (): Promise<void> => {
    const running = nodeRed;
    nodeRed = undefined;
    await running?.stop();
  };
  return {
    userFolder,
    pictures,
    get url() {
      if (nodeRed === undefined) throw new Error('Node-RED does not run: an earlier step failed');
      return nodeRed.url;
    },
    install: async () => installPack(kind, await packedTarball(), userFolder),
    start: async (adminRoot, environment) => {
      await stop();
      const logFile = join(pictures, `node-red-${logFiles.length + 1}.log`);
      logFiles.push(logFile);
      nodeRed = await startNodeRed(kind, { userFolder, logFile, adminRoot, environment });
    },
    stop,
    readLogs: () => Promise.all(logFiles.map((file) => readFile(file, 'utf8'))),
    remove: async () => {
      await stop();
      await rm(userFolder, { recursive: true, force: true });
    },
  };
}

import type { NodeAPI } from 'node-red';
import { createInstances, identityOfProcess, metrics, overview, serveOverview } from '../runtime/overview';

let stopTelling = (): Promise<void> => Promise.resolve();

/** Loaded once with Node-RED, as a plugin: the addresses are there before any node of the pack is. */
export = function register(RED: NodeAPI): void {
  const identity = identityOfProcess(RED.settings, Date.now());
  const instances = createInstances({ overview, metrics, identity });
  serveOverview(RED, { overview, metrics, instances });
  // Tests start several Node-RED in one process, one after the other.
  stopTelling().catch(() => undefined);
  stopTelling = instances.start();
};

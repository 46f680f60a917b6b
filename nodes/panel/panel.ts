import type { NodeAPI } from 'node-red';
import { tellOfMadeUpKey } from '../runtime/credential-key';
import { serveEnvironment } from '../runtime/environment';
import { createInstances, identityOfProcess, metrics, overview, serveOverview } from '../runtime/overview';

let forgetEvents = (): void => undefined;
let stopTelling = (): Promise<void> => Promise.resolve();

/** Loaded once with Node-RED, as a plugin: the addresses are there before any node of the pack is. */
export = function register(RED: NodeAPI): void {
  const identity = identityOfProcess(RED.settings, Date.now());
  const instances = createInstances({ overview, metrics, identity });
  serveOverview(RED, { overview, metrics, instances });
  serveEnvironment(RED);
  tellOfMadeUpKey(RED);
  forgetEvents();
  forgetEvents = noteGoneNodes(RED);
  // Tests start several Node-RED in one process, one after the other.
  stopTelling().catch(() => undefined);
  stopTelling = instances.start();
};

/** A node within a subflow is not told that it is gone for good, and would stay a problem. */
function noteGoneNodes({ events, nodes }: Pick<NodeAPI, 'events' | 'nodes'>): () => void {
  const onStarted = (): void =>
    overview.noteGone((id) => {
      // Typed as always present, but nothing comes back for a missing or disabled node.
      const node: object | null | undefined = nodes.getNode(id);
      return Boolean(node);
    });
  events.on('flows:started', onStarted);
  return () => void events.off('flows:started', onStarted);
}

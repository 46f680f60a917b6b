import type { NodeAPI } from 'node-red';
import { metrics, overview, serveOverview } from '../runtime/overview';

/** Loaded once with Node-RED, as a plugin: the addresses are there before any node of the pack is. */
export = function register(RED: NodeAPI): void {
  serveOverview(RED, { overview, metrics });
};

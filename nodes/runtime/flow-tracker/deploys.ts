import type { Host, LiveNode, Sending } from './host';
import type { Entry, Ledger } from './ledger';
import type { Ownership } from './ownership';
import type { Registry } from './registry';

/** What a deploy, a stop or a shutdown does to flows that are under way. */
export interface Deploys {
  /** Of those that have begun and of those that have ended. */
  count(): number;
  isStopping(): boolean;
  /** The message reached an instance that is closed, which will never say anything. */
  reachesClosedNode(entry: Entry, node: LiveNode): boolean;
  noteRoute(event: Sending): void;
}

export interface DeployListeners {
  interrupt(entry: Entry, node: LiveNode): void;
  onUnsettled(): void;
  onSettled(): void;
}

type Phase = 'running' | 'stopping' | 'stopped';

export function createDeploys(
  host: Host,
  { registry, ledger, ownership }: { registry: Registry; ledger: Ledger; ownership: Ownership },
  listeners: DeployListeners,
): Deploys {
  let phase: Phase = 'running';
  let count = 0;

  /** Node-RED does not give out the status node of a subflow by its id, so nothing can be said about it. */
  function isGone(node: { readonly id: string }): boolean {
    return !node.id.endsWith(':status') && host.instanceOf(node.id) !== node;
  }

  function lostNode(entry: Entry): LiveNode | undefined {
    for (const { node, message } of entry.open) if (node && message && isGone(node)) return node;
    for (const node of entry.closedWhileStopping) if (isGone(node)) return node;
    return undefined;
  }

  host.events.on('flows:stopping', () => {
    phase = 'stopping';
    count += 1;
    listeners.onUnsettled();
  });

  host.events.on('flows:stopped', () => {
    phase = 'stopped';
    for (const entry of [...registry.live.values()]) {
      const node = lostNode(entry);
      entry.closedWhileStopping.length = 0;
      if (node) listeners.interrupt(entry, node);
      else ledger.settle(entry);
    }
  });

  host.events.on('flows:started', () => {
    phase = 'running';
    // What was sent within the deploy may still arrive at a node that is closed.
    count += 1;
    listeners.onSettled();
  });

  return {
    count: () => count,
    isStopping: () => phase === 'stopping',

    reachesClosedNode: (entry, node) => (phase !== 'running' || entry.deploys !== count) && isGone(node),

    noteRoute(event) {
      if (phase === 'running') return;
      const { source, destination } = event;
      const owners = ownership.of(event.msg, source.node);
      if (owners.length === 0) return;
      // Node-RED looks the destination up right after this hook, and drops the message without a word.
      queueMicrotask(() => {
        if (destination.node) return;
        for (const entry of owners) listeners.interrupt(entry, { id: destination.id, type: '' });
      });
    },
  };
}

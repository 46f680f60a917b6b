import RED from 'node-red';
import { at, textAt } from '../../../lib/core/fields';

/** Everything that Node-RED shows or hands on while it runs, so that a test can look at it as a person would. */
export interface Watch {
  /** The messages that came to this node, as they were then. */
  heard(nodeId: string): unknown[];
  /** The last status that a node has shown. */
  status(nodeId: string): string | undefined;
  readonly statuses: unknown[];
  /** What went to the debug sidebar of the editors. */
  readonly published: unknown[];
  readonly messages: unknown[];
  clear(): void;
  stop(): void;
}

const HOOK = 'onReceive.bitlane-watch';

export function watchNodeRed(): Watch {
  let received: { id: string; message: unknown }[] = [];
  const statuses: unknown[] = [];
  const published: unknown[] = [];
  const onStatus = (status: unknown): void => void statuses.push(status);
  const onPublished = (event: unknown): void => void published.push(event);
  const hooks: unknown = Reflect.get(RED, 'hooks');
  callMember(hooks, 'add', HOOK, (event: unknown) => {
    const message: unknown = RED.util.cloneMessage(at(event, 'msg') as never);
    received.push({ id: textAt(event, 'destination', 'id') ?? '', message });
  });
  RED.events.on('node-status', onStatus);
  RED.events.on('comms', onPublished);

  return {
    heard: (nodeId) => received.filter(({ id }) => id === nodeId).map(({ message }) => message),
    status: (nodeId) =>
      textAt(
        statuses.findLast((one) => textAt(one, 'id') === nodeId),
        'status',
        'text',
      ),
    statuses,
    published,
    get messages() {
      return received.map(({ message }) => message);
    },
    clear() {
      received = [];
      statuses.length = 0;
      published.length = 0;
    },
    stop() {
      callMember(hooks, 'remove', HOOK);
      RED.events.off('node-status', onStatus);
      RED.events.off('comms', onPublished);
    },
  };
}

/** For what the published types do not know. */
export function callMember(owner: unknown, name: string, ...values: unknown[]): unknown {
  const member: unknown = Reflect.get(Object(owner), name);
  if (typeof member !== 'function') throw new Error(`Node-RED has no ${name} here`);
  return Reflect.apply(member, owner, values);
}

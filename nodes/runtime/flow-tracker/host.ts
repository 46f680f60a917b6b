import type { NodeAPI } from 'node-red';
import type { NodeName } from './types';

/** A node instance as far as the tracker looks at it. */
export interface LiveNode extends NodeName {
  readonly wires?: readonly (readonly string[])[];
  /** Private to Node-RED, there since 3.1.1: how many input handlers take `done`. Nothing public tells. */
  readonly _expectedDoneCount?: number;
}

export interface Sending {
  readonly msg: object;
  readonly source: { readonly node: LiveNode };
  readonly destination: { readonly id: string; readonly node?: LiveNode | null };
}

export interface Receiving {
  readonly msg: object;
  readonly destination: { readonly node: LiveNode };
}

export interface Completing {
  readonly msg: object;
  readonly error?: unknown;
  readonly node: { readonly node: LiveNode };
}

export interface HookCallbacks {
  onSend: (events: readonly Sending[]) => void;
  preRoute: (event: Sending) => void;
  postDeliver: (event: Sending) => void;
  onReceive: (event: Receiving) => void;
  postReceive: (event: Receiving) => void;
  onComplete: (event: Completing) => void;
}

export type HookPoint = keyof HookCallbacks;

export interface MessageHooks {
  add<P extends HookPoint>(point: `${P}.${string}`, callback: HookCallbacks[P]): void;
  remove(point: string): void;
  has(point: string): boolean;
}

export interface LogEvent {
  readonly level?: unknown;
  readonly id?: unknown;
  readonly type?: unknown;
  readonly msg?: unknown;
}

export interface FlowEvents {
  on(event: string, listener: () => void): unknown;
}

/** All that the tracker knows of Node-RED. */
export interface Host {
  /** Missing in the node test helper. */
  readonly hooks: MessageHooks | undefined;
  readonly events: FlowEvents;
  readonly errorLevel: number;
  readonly deliversSynchronously: boolean;
  /** The instance that has this id now, or nothing when it is closed. */
  instanceOf(id: string): unknown;
  listenToLog(listener: (event: LogEvent) => void): () => void;
  warn(key: string, params: Readonly<Record<string, string | number>>): void;
  complain(thrown: unknown): void;
  newMessageId(): string;
}

export function hostOf(RED: NodeAPI): Host {
  const hooks: unknown = RED.hooks;
  return {
    hooks: areMessageHooks(hooks) ? hooks : undefined,
    events: RED.events,
    errorLevel: RED.log.ERROR,
    deliversSynchronously: Boolean(Reflect.get(RED.settings, 'runtimeSyncDelivery')),
    instanceOf: (id) => RED.nodes.getNode(id),
    listenToLog: (listener) => listenToLog(RED, listener),
    warn: (key, params) => RED.log.warn(`[bitlane] ${RED._(`bitlane.tracker.${key}`, { ...params })}`),
    complain: (thrown) => RED.log.error(`[bitlane] flow tracker: ${String(thrown)}`),
    newMessageId: () => RED.util.generateId(),
  };
}

function areMessageHooks(value: unknown): value is MessageHooks {
  if (typeof value !== 'object' || value === null) return false;
  return ['add', 'remove', 'has'].every((name) => typeof Reflect.get(value, name) === 'function');
}

/** Node-RED only ever calls `emit` on a log handler, although its types ask for a whole emitter. */
function listenToLog(RED: NodeAPI, listener: (event: LogEvent) => void): () => void {
  const add: unknown = Reflect.get(RED.log, 'addHandler');
  const remove: unknown = Reflect.get(RED.log, 'removeHandler');
  if (typeof add !== 'function' || typeof remove !== 'function') return () => undefined;
  const handler = { emit: (_name: string, event: LogEvent) => listener(event) };
  Reflect.apply(add, RED.log, [handler]);
  return () => void Reflect.apply(remove, RED.log, [handler]);
}

import type { NodeAPI } from 'node-red';
import { at, entriesAt, textAt } from '../../lib/core/fields';
import { placeholderIn } from './placeholder';

/**
 * Whether Node-RED encrypts credentials with a key of its own making. `credentialSecret: false` is somebody's choice
 * not to encrypt, and an open project has a key of its own that a person has typed.
 */
export function isKeyMadeUp({ settings }: { settings: object }): boolean {
  if (Reflect.get(settings, 'credentialSecret') !== undefined) return false;
  return stored(settings, '_credentialSecret') !== undefined && !hasOpenProject(settings);
}

function hasOpenProject(settings: object): boolean {
  if (at(Reflect.get(settings, 'editorTheme'), 'projects', 'enabled') !== true) return false;
  return textAt(stored(settings, 'projects'), 'activeProject') !== undefined;
}

/** What Node-RED keeps for itself; before its storage is open there is nothing to be had. */
function stored(settings: object, name: string): unknown {
  const get: unknown = Reflect.get(settings, 'get');
  if (typeof get !== 'function') return undefined;
  try {
    return Reflect.apply(get, settings, [name]);
  } catch {
    return undefined;
  }
}

/** The part of Node-RED that is needed here. */
export interface KeyHost {
  settings: object;
  events: Pick<NodeAPI['events'], 'on' | 'removeListener'>;
  nodes: {
    eachNode: (look: (node: { id: string; type: string }) => void) => void;
    getCredentials: (id: string) => unknown;
  };
  log: { warn: (text: string) => void };
  _: (key: string) => string;
}

const withSecrets: ReadonlySet<string> = new Set([
  ...['bitrix-portal', 'bitrix-bot', 'bitlane-store', 'dify-app', 'typebot-bot', 'speechsense-connection'],
]);

/** The processes that are looked at already, each by its events. */
const watched = new WeakSet<object>();

/** Says so in the log, once, and only when something of ours would have to be typed again. */
export function tellOfMadeUpKey(RED: KeyHost): void {
  if (watched.has(RED.events)) return;
  watched.add(RED.events);
  const look = (): void => {
    if (!isKeyMadeUp(RED) || !hasTypedSecret(RED)) return;
    RED.events.removeListener('flows:started', look);
    RED.log.warn(RED._('bitlane.warning.madeUpKeyLog'));
  };
  RED.events.on('flows:started', look);
}

function hasTypedSecret({ nodes }: KeyHost): boolean {
  let isFound = false;
  nodes.eachNode(({ id, type }) => {
    if (isFound || !withSecrets.has(type)) return;
    const credentials: unknown = nodes.getCredentials(id);
    isFound = entriesAt({ credentials }, 'credentials').some(isTyped);
  });
  return isFound;
}

const isTyped = (value: unknown): boolean =>
  typeof value === 'string' && value.trim() !== '' && placeholderIn(value) === undefined;

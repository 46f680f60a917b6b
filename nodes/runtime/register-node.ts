import type { NodeAPI } from 'node-red';
import { at } from '../../lib/core/fields';
import { serveAction, type ActionAnswer, type ActionContext } from './admin-action';
import { defineNode, type Behaviour, type NodeDescription } from './define-node';
import type { Shell } from './shell';

/** What a node does, beside the file that registers its type: `behaviour.ts` exports `start`, and `actions` if it has any. */
export type StartNode = (RED: NodeAPI, shell: Shell) => Behaviour;
/** The buttons of its dialog, each under the last part of its address. */
export type NodeActions = Readonly<
  Record<string, (RED: NodeAPI, context: ActionContext) => Promise<ActionAnswer>>
>;

export interface NodeRegistration extends Pick<NodeDescription, 'type' | 'credentials'> {
  actions?: readonly string[];
  /** Of the file that registers. */
  require: (path: string) => unknown;
}

/**
 * Node-RED registers every type as it starts, and a flow uses few of them: what a type does is loaded with its first node
 * or the first button that is pressed. One that cannot be loaded says so where it is used.
 */
export function registerNode(RED: NodeAPI, registration: NodeRegistration): void {
  const { require, actions = [], ...description } = registration;
  const { type } = description;
  const behaviour = (): LoadedBehaviour => {
    const loaded = require('./behaviour');
    if (!isBehaviour(loaded)) throw new TypeError(`${type} has no behaviour`);
    return loaded;
  };
  defineNode(RED, { ...description, start: (shell) => behaviour().start(RED, shell) });
  for (const action of actions) {
    serveAction(RED, type, action, async (context) => {
      const run = behaviour().actions?.[action];
      if (!run) throw new TypeError(`${type} has no action ${action}`);
      return run(RED, context);
    });
  }
}

interface LoadedBehaviour {
  start: StartNode;
  actions?: NodeActions;
}

function isBehaviour(loaded: unknown): loaded is LoadedBehaviour {
  return typeof at(loaded, 'start') === 'function';
}

import type { Node, NodeAPI } from 'node-red';

export type VariableHost = Pick<NodeAPI, 'nodes' | 'settings' | 'util'>;

/**
 * A variable as Node-RED would fill it in for this node: what its group, its flow and the global ones say comes before
 * the environment of the process. A node that is not deployed yet is taken for one that belongs to no flow.
 */
export function variableOf(RED: VariableHost, name: string, id?: string): string | undefined {
  const node = (id === undefined ? undefined : nodeOf(RED, id)) ?? anyGlobalNode(RED);
  if (!node) return processVariable(RED, name);
  const value: unknown = RED.util.getSetting(node, name);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  // A flow can hold whole objects in its variables.
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
}

export function processVariable(RED: Pick<NodeAPI, 'settings'>, name: string): string | undefined {
  const hidden: unknown = Reflect.get(RED.settings, 'envVarExcludes');
  if (Array.isArray(hidden) && hidden.includes(name)) return undefined;
  const value: unknown = process.env[name];
  // What every object has, such as `constructor`, is no variable.
  return typeof value === 'string' ? value : undefined;
}

/** Typed as always present, but nothing comes back for one that is disabled or not deployed. */
function nodeOf({ nodes }: VariableHost, id: string): Node | undefined {
  const node: Node | null | undefined = nodes.getNode(id);
  return node ?? undefined;
}

/** Through it Node-RED looks into the variables that were set for all flows. */
function anyGlobalNode(RED: VariableHost): Node | undefined {
  let found: Node | undefined;
  RED.nodes.eachNode(({ id, z }) => {
    if (found === undefined && !z) found = nodeOf(RED, id);
  });
  return found;
}

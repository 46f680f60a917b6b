import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { textAt } from '../../lib/core/fields';
import { InvalidError, toError } from '../../lib/core/errors';
import { variablesIn } from './placeholder';
import type { Settings } from './settings';

export interface TypedProperty {
  property: string;
  value: string;
  type: string;
}

/** The property pair `x` and `xType`, as the integrator has written it. */
export function readTyped(
  RED: NodeAPI,
  node: Node,
  settings: Settings,
  [property, fallback]: [string, string],
): TypedProperty {
  const type = settings.text(`${property}Type`, 'msg');
  const value = settings.verbatim(property, fallback);
  return { property, type, value: type === 'env' ? (asWritten(RED, node, property) ?? value) : value };
}

/** The callback form: JSONata and context stores answer later. */
export async function evaluateTyped(
  RED: NodeAPI,
  node: Node,
  { property, value, type }: TypedProperty,
  message: NodeMessage,
): Promise<unknown> {
  if (type === 'env') refuseUnset(RED, node, value);
  return new Promise((resolve, reject) => {
    RED.util.evaluateNodeProperty(value, type, node, message, (error: unknown, result: unknown) => {
      if (!error) resolve(result);
      else reject(new InvalidError('EXPRESSION_FAILED', toError(error).message, { params: { property } }));
    });
  });
}

/** Node-RED takes an unset variable for an empty text, and nobody would learn why nothing is sent. */
function refuseUnset(RED: NodeAPI, node: Node, value: string): void {
  const name = variablesIn(value).find((one) => {
    const found: unknown = RED.util.getSetting(node, one);
    return found === undefined;
  });
  if (name === undefined) return;
  throw new InvalidError('VARIABLE_UNSET', `environment variable ${name} is not set`, { params: { name } });
}

/**
 * Before Node-RED has filled in `${NAME}`: it would look the variable's value up as if that were a name, and an error
 * would show that value.
 */
function asWritten(RED: NodeAPI, node: Node, property: string): string | undefined {
  // A node within a subflow is a copy of the one in its template.
  const template = textAt(node, '_alias');
  let written: string | undefined;
  RED.nodes.eachNode((definition) => {
    if (definition.id === (template ?? node.id)) written = textAt(definition, property);
  });
  return written;
}

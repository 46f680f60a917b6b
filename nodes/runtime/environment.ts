import type { Request } from 'express';
import type { NodeAPI } from 'node-red';
import { at, keysAt, textAt } from '../../lib/core/fields';
import { isKeyMadeUp } from './credential-key';
import { placeholderIn } from './placeholder';
import { processVariable, type VariableHost } from './variables';

/** Many times what the largest dialog has. */
const MOST_NAMES = 64;
const NAME = /^[\w.()-]{1,128}$/;

/** What the dialogs cannot know of the place where Node-RED runs: whether something is set, and never what it holds. */
export interface EnvironmentAnswer {
  /** Those of the names that the process does not have. */
  unset: string[];
  /** The credentials of the node that are nothing but a variable, with its name. */
  variables: Record<string, string>;
  /** Nobody has chosen the key by which Node-RED encrypts credentials. */
  isKeyMadeUp: boolean;
}

/**
 * `POST bitlane/environment` with `{ names, id? }`. With the permission to write: what the machine has is no business
 * of those who only look on, and what is warned of is for those who can change it.
 */
export function serveEnvironment(RED: VariableHost & Pick<NodeAPI, 'auth' | 'httpAdmin'>): void {
  RED.httpAdmin.post(
    '/bitlane/environment',
    RED.auth.needsPermission('bitlane.write'),
    (request, response) => {
      // A page of another site can post a form with the person's cookies, but no JSON.
      if (!request.is('application/json')) {
        response.sendStatus(415);
        return;
      }
      const names = namesIn(request);
      if (!names) {
        response.sendStatus(400);
        return;
      }
      const answer: EnvironmentAnswer = {
        unset: names.filter((name) => processVariable(RED, name) === undefined),
        variables: savedVariables(RED, textAt(request.body, 'id')),
        isKeyMadeUp: isKeyMadeUp(RED),
      };
      response.set('Cache-Control', 'no-store').json(answer);
    },
  );
}

function namesIn({ body }: Request): string[] | undefined {
  const names: unknown = at(body, 'names');
  if (!Array.isArray(names) || names.length > MOST_NAMES) return undefined;
  const wellFormed = names.filter((name): name is string => typeof name === 'string' && NAME.test(name));
  return wellFormed.length === names.length ? wellFormed : undefined;
}

/** The editor has no saved password. That one is a variable, and which, gives nothing away. */
function savedVariables(RED: VariableHost, id: string | undefined): Record<string, string> {
  if (id === undefined) return {};
  const stored: unknown = RED.nodes.getCredentials(id);
  const variables = keysAt(stored).flatMap((field) => {
    const name = placeholderIn(textAt(stored, field) ?? '');
    return name !== undefined && NAME.test(name) ? [[field, name] as const] : [];
  });
  return Object.fromEntries(variables);
}

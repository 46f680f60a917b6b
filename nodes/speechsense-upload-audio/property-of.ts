import type { NodeAPI } from 'node-red';
import { textAt } from '../../lib/core/fields';
import { InvalidError, toError } from '../../lib/core/errors';
import type { Message } from '../runtime/shell';

/** A property of a message, perhaps one of a property: where that is not there, Node-RED throws, and this does not. */
export function propertyOf(RED: NodeAPI, message: Message, path: string): unknown {
  try {
    return RED.util.getMessageProperty(message, path);
  } catch (thrown) {
    if (!isMisspelt(thrown)) return undefined;
    throw new InvalidError('CONFIG_INVALID', 'the table of fields names a property that cannot be one', {
      params: { property: 'fields', expected: 'msg.a.b' },
      cause: toError(thrown),
    });
  }
}

function isMisspelt(thrown: unknown): boolean {
  return textAt(thrown, 'code') === 'INVALID_EXPR';
}

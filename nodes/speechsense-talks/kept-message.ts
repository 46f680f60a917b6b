import { InvalidError } from '../../lib/core/errors';
import { at } from '../../lib/core/fields';
import { parseJson } from '../../lib/core/json';
import { isSecretName } from '../../lib/core/secret-names';
import type { Message } from '../runtime/shell';

/** The talk takes the place of the payload; the others belong to the flow that ends here. */
const leftBehind = new Set([
  ...['payload', 'error', 'parts', 'req', 'res'],
  ...['_msgid', '_event', '_linkSource'],
]);
const mostCharacters = 64_000;

/** What of a message goes on with the results: plain values, without secrets, recordings and streams. */
export function keptMessage(message: Message): Record<string, unknown> {
  const own = Object.entries(message).filter(([name]) => !leftBehind.has(name));
  const text = toJson(Object.fromEntries(own));
  if (text.length > mostCharacters) throw unfit(`it has more than ${mostCharacters} characters`);
  const kept = parseJson(text);
  return { ...(typeof kept === 'object' && kept) };
}

function toJson(value: object): string {
  try {
    return JSON.stringify(value, (name, inside: unknown) =>
      isSecretName(name) || isBytes(inside) || isStream(inside) ? undefined : inside,
    );
  } catch {
    throw unfit('it cannot be written down');
  }
}

/** A Buffer has turned into this by the time it is asked about. */
function isBytes(value: unknown): boolean {
  return value instanceof Uint8Array || at(value, 'type') === 'Buffer';
}

function isStream(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'pipe') === 'function';
}

function unfit(why: string): InvalidError {
  return new InvalidError('INPUT_INVALID', `the message cannot be kept: ${why}`, { params: { what: 'msg' } });
}

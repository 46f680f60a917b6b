import { InvalidError } from '../core/errors';
import { at, textAt } from '../core/fields';
import { parseJson } from '../core/json';
import { momentOf, timestampOf } from './moment';

export interface ChatMessage {
  readonly user_id: string;
  readonly timestamp: { readonly seconds: string; readonly nanos: number };
  readonly text: { readonly text: string };
}

export interface Chat {
  readonly messages: readonly ChatMessage[];
  /** Without a text: files and the like, which the service cannot hold. */
  readonly skipped: number;
}

/** Whom a message can be of. */
export type Roles = Readonly<Record<'operator_id' | 'client_id' | 'bot_id', string>>;

/**
 * The guide's chat.json, the list of its messages alone, or the messages as they are on the wire; as an object or as
 * JSON text. In the order of time, with times in UTC.
 */
export function fitChat(given: unknown, roles: Roles): Chat {
  refuseEqualIds(roles);
  const list = messagesIn(given);
  // Blanks around an id are no other person; what is sent is the id as the metadata has it.
  const people = new Map(Object.values(roles).map((id) => [id.trim(), id]));
  const read = list.map((message: unknown, index) => readMessage(message, index, people));
  const spoken = read.filter((message) => message !== undefined);
  if (spoken.length === 0) throw unfit('chat.messages', 'at least one message with a text');
  const inOrder = spoken.toSorted((one, other) => one.ms - other.ms);
  return {
    messages: inOrder.map(({ userId, ms, text }) => ({
      user_id: userId,
      timestamp: timestampOf(ms),
      text: { text },
    })),
    skipped: list.length - spoken.length,
  };
}

/** Of two people with one id, all messages would be of the same one. */
function refuseEqualIds({ operator_id, client_id, bot_id }: Roles): void {
  const named = Object.entries({ operator_id, client_id, bot_id });
  for (const [place, [field, id]] of named.entries()) {
    const earlier = named.slice(0, place).find(([, other]) => other.trim() === id.trim());
    if (!earlier) continue;
    throw new InvalidError('SPEECHSENSE_FIELD', `${earlier[0]} and ${field} of the metadata are the same`, {
      // Read in every language.
      params: { field, expected: `${field} ≠ ${earlier[0]}` },
    });
  }
}

/** As they were given. */
export function messagesIn(given: unknown): unknown[] {
  const source = typeof given === 'string' ? parseJson(given) : given;
  const list: unknown = Array.isArray(source)
    ? source
    : (at(source, 'messages') ?? at(source, 'text_content', 'messages'));
  if (!Array.isArray(list)) throw unfit('chat.messages', 'a list of messages');
  return list;
}

interface ReadMessage {
  readonly userId: string;
  readonly ms: number;
  readonly text: string;
}

function readMessage(message: unknown, index: number, people: Map<string, string>): ReadMessage | undefined {
  const place = `chat.messages[${index}]`;
  if (typeof message !== 'object' || message === null) throw unfit(place, 'an object');
  const text = at(message, 'text', 'text') ?? at(message, 'text');
  if (text === undefined || text === null) return undefined;
  if (typeof text !== 'string') throw unfit(`${place}.text`, 'a text');
  if (text.trim() === '') return undefined;
  const userId = people.get(textAt(message, 'user_id')?.trim() ?? '');
  if (userId === undefined || userId === '') {
    throw unfit(`${place}.user_id`, 'the operator_id, client_id or bot_id of the metadata');
  }
  const ms = readTime(at(message, 'timestamp'));
  if (ms === undefined) throw unfit(`${place}.timestamp`, 'a time such as 2026-03-11T12:08:52.000Z');
  return { userId, ms, text: text.toWellFormed() };
}

function readTime(value: unknown): number | undefined {
  const seconds = textAt(value, 'seconds');
  if (seconds === undefined) return momentOf(value);
  const nanos = Number(textAt(value, 'nanos') ?? 0);
  return momentOf(Number(seconds) * 1000 + nanos / 1_000_000);
}

/** The guide's metadata.json: the keys alone, or the whole `{connection_id, fields}`. */
export function fieldsOfMetadata(given: unknown, connectionId: string): Record<string, unknown> {
  const source = typeof given === 'string' ? parseJson(given) : given;
  const whole = at(source, 'metadata') ?? source;
  const fields = at(whole, 'fields') ?? whole;
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw unfit('metadata', 'an object of keys and values');
  }
  const named = textAt(whole, 'connection_id');
  if (named !== undefined && named !== connectionId) {
    throw unfit('metadata.connection_id', 'the connection of the node, or left out');
  }
  const entries = Object.entries(fields).filter(([key]) => key !== 'connection_id');
  return Object.fromEntries<unknown>(entries);
}

function unfit(what: string, expected: string): InvalidError {
  return new InvalidError('INPUT_INVALID', `${what} must be ${expected}`, { params: { what } });
}

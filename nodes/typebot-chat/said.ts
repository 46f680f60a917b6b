import { InvalidError } from '../../lib/core/errors';
import { entriesAt, idAt, textAt } from '../../lib/core/fields';
import type { Said, SaidFile } from '../../lib/typebot/inputs/said';
import { linkToFile } from '../runtime/bot/file-links';
import type { Message } from '../runtime/shell';

/** What the integrator chose as the message. */
export function readWords(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new InvalidError('INPUT_INVALID', 'message must be a text', { params: { what: 'message' } });
}

/** A join has no words: what stands in their place is the name of the event, which is no answer to a question. */
export function isGreeting(message: Message, text: string): boolean {
  return isJoin(message) && (text === '' || text === textAt(message.inputs, 'event'));
}

export function isJoin({ bitrix }: Message): boolean {
  return textAt(bitrix, 'kind') === 'join';
}

/** What the person said, in words, by a choice and by files. */
export function saidIn(message: Message, text: string, sendsFiles: boolean): Said {
  const { bitrix, choice } = message;
  const files = sendsFiles ? filesIn(bitrix) : [];
  const hasNoWords = files.length > 0 && textAt(bitrix, 'text') === undefined;
  // For a file without words BitBot's variables hold a sentence that nobody has said.
  const isStandIn = hasNoWords && text === textAt(message.inputs, 'MESSAGE');
  const ids = entriesAt(choice, 'items').flatMap((item) => textAt(item, 'id') ?? []);
  const context = textAt(choice, 'context');
  return {
    text: isStandIn ? '' : text,
    files,
    ...(ids.length > 0 && { choice: { ids, ...(context !== undefined && { context }) } }),
  };
}

function filesIn(bitrix: unknown): SaidFile[] {
  return entriesAt(bitrix, 'files').flatMap((entry): SaidFile[] => {
    const id = idAt(entry, 'id');
    if (id === undefined) return [];
    const name = textAt(entry, 'name') ?? `file-${id}`;
    const size = idAt(entry, 'size');
    return [{ name, ...(size !== undefined && { size }), url: () => linkToFile({ id, name }, bitrix) }];
  });
}

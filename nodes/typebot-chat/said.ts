import { entriesAt, idAt, textAt } from '../../lib/core/fields';
import type { Said, SaidFile } from '../../lib/typebot/inputs/said';
import { linkToFile } from '../runtime/bot/file-links';
import type { Message } from '../runtime/shell';

/** A join has no words: what stands in their place is the name of the event, which is no answer to a question. */
export function isGreeting(message: Message, text: string): boolean {
  const isJoin = textAt(message.bitrix, 'kind') === 'join';
  return isJoin && (text === '' || text === textAt(message.inputs, 'event'));
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

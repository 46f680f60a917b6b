import { entriesAt, idAt, textAt } from '../../../lib/core/fields';
import type { FileSource } from '../../../lib/dify/upload';
import { openFileOfEvent } from '../bot/event-files';

/** The files that the person sent with the message. Opened only when the app wants them. */
export function filesOfMessage(bitrix: unknown, signal: AbortSignal): FileSource[] {
  return entriesAt(bitrix, 'files').flatMap((entry): FileSource[] => {
    const id = idAt(entry, 'id');
    if (id === undefined) return [];
    const name = textAt(entry, 'name') ?? `file-${id}`;
    const size = idAt(entry, 'size');
    return [{ name, size, open: async () => (await openFileOfEvent({ id, name }, bitrix, signal)).body }];
  });
}

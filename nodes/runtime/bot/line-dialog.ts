import { createPersonBook, type LineDialog } from '../../../lib/conversation/handover/person-book';
import { at, idAt, textAt } from '../../../lib/core/fields';
import type { StoreSource } from '../../../lib/store/store';

/** The session of an Open Channel that an event, or what a flow made of it, belongs to. */
export function lineDialogOf(bitrix: unknown): LineDialog | undefined {
  const dialogId = textAt(bitrix, 'dialogId');
  if (dialogId === undefined || at(bitrix, 'openline') === undefined) return undefined;
  const memberId = textAt(bitrix, 'portal', 'memberId') ?? textAt(bitrix, 'portal', 'domain') ?? '';
  return { memberId, dialogId, sessionId: idAt(bitrix, 'openline', 'sessionId') };
}

/** The dialog has been given to a person: the bot keeps out of it from now on. */
export async function notePerson(store: StoreSource, bitrix: unknown): Promise<void> {
  const dialog = lineDialogOf(bitrix);
  if (dialog) await createPersonBook(store).noteTaken(dialog);
}

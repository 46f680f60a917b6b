import { at, entriesAt, idAt, keysAt, textAt } from '../core/fields';
import type { HumanForm, HumanFormInput } from './human-form';
import { textOf } from './input-form';
import type { WaitingForm } from './waiting-form';

/** Out of a store, where an older version may have written them. What cannot be read is left out. */
export function readWaitingForms(stored: unknown): WaitingForm[] {
  return entriesAt(stored).flatMap((entry) => readWaitingForm(entry) ?? []);
}

function readWaitingForm(stored: unknown): WaitingForm | undefined {
  const formToken = textAt(stored, 'formToken');
  const workflowRunId = textAt(stored, 'workflowRunId');
  const expiresAt = idAt(stored, 'expiresAt');
  const actions = entriesAt(stored, 'actions').flatMap(readAction);
  if (formToken === undefined || workflowRunId === undefined) return undefined;
  if (expiresAt === undefined || actions.length === 0) return undefined;
  const conversationId = textAt(stored, 'conversationId');
  const lastEventId = textAt(stored, 'lastEventId');
  const submittedBy = textAt(stored, 'submittedBy');
  const submittedAction = textAt(stored, 'submittedAction');
  return {
    formToken,
    workflowRunId,
    expiresAt,
    actions,
    content: textAt(stored, 'content') ?? '',
    inputs: entriesAt(stored, 'inputs').flatMap(readInput),
    values: Object.fromEntries(
      keysAt(stored, 'values').map((name) => [name, at(stored, 'values', name)] as const),
    ),
    rejections: idAt(stored, 'rejections') ?? 0,
    misses: idAt(stored, 'misses') ?? 0,
    ...(conversationId !== undefined && { conversationId }),
    ...(lastEventId !== undefined && { lastEventId }),
    ...(submittedBy !== undefined && { submittedBy }),
    ...(submittedAction !== undefined && { submittedAction }),
  };
}

function readAction(entry: unknown): HumanForm['actions'] {
  const id = textAt(entry, 'id');
  return id === undefined ? [] : [{ id, title: textAt(entry, 'title') ?? id }];
}

function listAt(entry: unknown, name: 'options' | 'fileTypes' | 'fileExtensions'): Partial<HumanFormInput> {
  const list = entriesAt(entry, name).flatMap(textOf);
  return list.length === 0 ? {} : { [name]: list };
}

function readInput(entry: unknown): HumanFormInput[] {
  const name = textAt(entry, 'name');
  if (name === undefined) return [];
  const mostFiles = idAt(entry, 'mostFiles');
  return [
    {
      name,
      type: textAt(entry, 'type') ?? 'paragraph',
      ...listAt(entry, 'options'),
      ...listAt(entry, 'fileTypes'),
      ...listAt(entry, 'fileExtensions'),
      ...(mostFiles !== undefined && { mostFiles }),
    },
  ];
}

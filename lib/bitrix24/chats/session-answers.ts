import { at, entriesAt, flagAt, idAt, keysAt, textAt } from '../../core/fields';
import { toUtc } from '../calls/call';
import type { OpenLine } from '../events/event';
import { readOpenLine } from '../events/open-line';
import type { Person, SaidMessage, SpokenSession } from './spoken-session';

/** Of `imopenlines.session.history.get`: maps by id, and an empty one is a list. */
export function readHistoryAnswer(result: unknown): SpokenSession {
  const chatId = idAt(result, 'chatId');
  const chat = at(result, 'chat', String(chatId ?? '')) ?? entriesAt(result, 'chat')[0];
  return {
    chatId,
    ownerId: personId(textAt(chat, 'owner')),
    openline: openLineOf({
      entityId: textAt(chat, 'entityId'),
      entityData1: textAt(chat, 'entityData1'),
      entityData2: textAt(chat, 'entityData2'),
    }),
    currentSessionId: currentSessionIn(textAt(chat, 'entityData1')),
    people: peopleIn(result),
    messages: entriesAt(result, 'message').flatMap((message) =>
      saidMessage(message, { sender: 'senderid', files: 'fileId' }),
    ),
  };
}

/** Of `imopenlines.dialog.get`. */
export interface DialogCard {
  readonly chatId: number | undefined;
  readonly ownerId: string | undefined;
  readonly openline: OpenLine | undefined;
  readonly currentSessionId: number | undefined;
}

export function readDialogCard(result: unknown): DialogCard {
  const named = /^chat(\d{1,15})$/.exec(textAt(result, 'dialog_id') ?? '')?.[1];
  return {
    chatId: idAt(result, 'id') ?? (named === undefined ? undefined : Number(named)),
    ownerId: personId(textAt(result, 'owner')),
    openline: openLineOf({
      entityId: textAt(result, 'entity_id'),
      entityData1: textAt(result, 'entity_data_1'),
      entityData2: textAt(result, 'entity_data_2'),
    }),
    currentSessionId: currentSessionIn(textAt(result, 'entity_data_1')),
  };
}

/** A page of `im.dialog.messages.get`. */
export function readDialogPage(result: unknown): {
  readonly people: ReadonlyMap<string, Person>;
  readonly messages: readonly SaidMessage[];
} {
  return {
    people: peopleIn(result),
    messages: entriesAt(result, 'messages').flatMap((message) =>
      saidMessage(message, { sender: 'author_id', files: 'FILE_ID' }),
    ),
  };
}

function openLineOf(fields: {
  entityId: string | undefined;
  entityData1: string | undefined;
  entityData2: string | undefined;
}): OpenLine | undefined {
  const { entityId = '', entityData1 = '', entityData2 = '' } = fields;
  if (entityId === '') return undefined;
  const chat = { title: '', type: 'lines', ownerId: null, entityType: 'LINES', entityData3: '' };
  return readOpenLine({ ...chat, entityId, entityData1, entityData2 });
}

/** Between two sessions there is a 0. */
function currentSessionIn(entityData1 = ''): number | undefined {
  const told = entityData1.split('|')[5] ?? '';
  return /^\d{1,15}$/.test(told) ? Number(told) : undefined;
}

/** A list of people, or a map of them whose entries need not repeat the id. */
function peopleIn(result: unknown): Map<string, Person> {
  const users = at(result, 'users');
  const entries = keysAt(users).map((key): [string, unknown] => {
    const user = at(users, key);
    return [textAt(user, 'id') ?? key, user];
  });
  return new Map(entries.map(([id, user]) => [id, personOf(user)]));
}

function personOf(user: unknown): Person {
  const first = textAt(user, 'firstName') ?? textAt(user, 'first_name') ?? '';
  const last = textAt(user, 'lastName') ?? textAt(user, 'last_name') ?? '';
  const name = textAt(user, 'name')?.trim() || `${first} ${last}`.trim();
  const role = flagAt(user, 'connector') ? 'client' : flagAt(user, 'bot') ? 'bot' : 'operator';
  return { name, role };
}

/** None for a message whose time cannot be read, and for one that was deleted. */
function saidMessage(message: unknown, names: { sender: string; files: string }): SaidMessage[] {
  const id = idAt(message, 'id');
  const ms = Date.parse(toUtc(textAt(message, 'date') ?? ''));
  const isDeleted = flagAt(message, 'params', 'isDeleted') || flagAt(message, 'params', 'IS_DELETED');
  if (id === undefined || Number.isNaN(ms) || isDeleted) return [];
  return [
    {
      id,
      at: ms,
      senderId: textAt(message, names.sender) ?? '0',
      text: textAt(message, 'text') ?? '',
      hasFiles: entriesAt(message, 'params', names.files).length > 0,
    },
  ];
}

function personId(id: string | undefined): string | undefined {
  return id === '0' ? undefined : id;
}

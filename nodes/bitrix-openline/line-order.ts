import { InvalidError } from '../../lib/core/errors';
import type { LineOrder } from '../../lib/bitrix24/lines/act-in-line';
import { readTransferTarget, type LineAct } from '../../lib/bitrix24/lines/line-act';
import type { Message, Shell } from '../runtime/shell';

type Reader = (message: Message) => Promise<unknown>;

/** What the node is to do, with what comes from the message at hand. */
export function readLineOrder(shell: Shell): (message: Message) => Promise<LineOrder> {
  const readAct = actOf(shell);
  const readText = textOf(shell, 'text');
  const readNote = textOf(shell, 'note');
  return async (message) => ({
    act: await readAct(message),
    text: await readText(message),
    note: await readNote(message),
  });
}

function actOf(shell: Shell): (message: Message) => Promise<LineAct> {
  const { settings } = shell;
  const action = settings.choice('action', ['operator', 'transfer', 'finish', 'silent']);
  switch (action) {
    case 'transfer':
      return transferOf(shell);
    case 'silent': {
      const isOn = settings.choice('silent', ['on', 'off']) === 'on';
      return async () => ({ do: action, isOn });
    }
    case 'operator':
    case 'finish':
      return async () => ({ do: action });
  }
}

function transferOf(shell: Shell): (message: Message) => Promise<LineAct> {
  const { settings } = shell;
  const leaves = settings.flag('leave', false);
  const written = settings.required('target');
  if (isFixed(shell, 'target') && readTransferTarget(written) === undefined) {
    const params = { property: 'target', expected: '27, queue3', why: 'transferTarget' };
    throw new InvalidError('CONFIG_INVALID', 'target is no id of a person and no queue', { params });
  }
  const read = readerOf(shell, 'target');
  return async (message) => {
    const to = readTransferTarget(await read(message));
    if (to !== undefined) return { do: 'transfer', to, leaves };
    throw new InvalidError(
      'INPUT_INVALID',
      'the dialog can be given to the id of a person, 27 for example, or to a line, queue3 for example',
      { params: { what: written } },
    );
  };
}

/** What is no text is left out: that somebody takes over matters more than what is said about it. */
function textOf(shell: Shell, property: 'text' | 'note'): (message: Message) => Promise<string> {
  const read = readerOf(shell, property);
  return async (message) => {
    const value = await read(message);
    if (value === undefined || value === null) return '';
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    shell.warn(new InvalidError('INPUT_INVALID', `${property} is no text`, { params: { what: property } }));
    return '';
  };
}

/** Without a type it is what stands in the field. */
function readerOf(shell: Shell, property: string): Reader {
  if (!isFixed(shell, property)) return shell.typed(property, '');
  const fixed = shell.settings.text(property);
  return async () => fixed;
}

function isFixed({ settings }: Shell, property: string): boolean {
  return settings.text(`${property}Type`, 'str') === 'str';
}

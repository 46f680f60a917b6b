import type { Choice } from '../../core/parts';
import { areNumbers, choiceLabels } from '../../core/choices/labels';
import { breakTags } from '../../core/bb/break-tags';
import { plainToBb } from '../../core/bb/plain-to-bb';

const mostButtons = 100;
/** v1 takes no larger keyboard. */
const mostKeyboardBytes = 30_000;

export interface Button {
  TEXT: string;
  ACTION: 'SEND';
  ACTION_VALUE: string;
  DISPLAY: 'LINE';
}

export interface Keyboard {
  BOT_ID: number;
  BUTTONS: (Button | { TYPE: 'NEWLINE' })[];
}

export function choiceList(items: readonly Choice[]): string {
  const labels = choiceLabels(items);
  const isBare = areNumbers(labels);
  return labels.map((label, index) => `${isBare ? '•' : `${index + 1}.`} ${plainToBb(label)}`).join('\n');
}

/** Nothing where the portal would refuse the keyboard or show a part of it. */
export function choiceKeyboard(items: readonly Choice[], botId: number): Keyboard | undefined {
  if (items.length === 0 || items.length > mostButtons) return undefined;
  const rows = buttonRows(choiceLabels(items));
  const buttons = rows.flatMap((row, index) =>
    index === 0 ? row.map(button) : [{ TYPE: 'NEWLINE' as const }, ...row.map(button)],
  );
  const keyboard: Keyboard = { BOT_ID: botId, BUTTONS: buttons };
  return Buffer.byteLength(JSON.stringify(keyboard)) > mostKeyboardBytes ? undefined : keyboard;
}

function button(label: string): Button {
  // The person who clicks sends it as their own message, with their own rights.
  return { TEXT: label, ACTION: 'SEND', ACTION_VALUE: breakTags(label), DISPLAY: 'LINE' };
}

const rowLength = 36;
const mostInRow = 4;

function buttonRows(labels: readonly string[]): string[][] {
  const rows: string[][] = [];
  let length = 0;
  for (const label of labels) {
    const row = rows.at(-1);
    length += label.length + 2;
    if (row !== undefined && row.length < mostInRow && length <= rowLength) {
      row.push(label);
    } else {
      rows.push([label]);
      length = label.length + 2;
    }
  }
  return rows;
}

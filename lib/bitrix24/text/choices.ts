import type { Choice } from '../../core/parts';
import { oneLine, shorten } from './characters';
import { breakTags } from './break-tags';
import { plainToBb } from './sanitise';

/** As a button sends what it says, its label must stay something that a person could have typed. */
const longestLabel = 100;
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

/** What each choice is called in the chat: one line, never empty, no two alike. */
export function choiceLabels(items: readonly Choice[]): string[] {
  const labels = items.map(({ id, label, value }) => {
    const written = [label, value ?? '', id].map(oneLine).find((text) => text !== '') ?? '?';
    return shorten(written, longestLabel);
  });
  const counts = countOf(labels);
  const used = new Set(labels.filter((label) => counts.get(label) === 1));
  return labels.map((label) => (counts.get(label) === 1 ? label : numbered(label, used)));
}

function countOf(labels: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

/** Two equal labels are both numbered, so that the bare label, when typed, stands for neither. */
function numbered(label: string, used: Set<string>): string {
  for (let number = 1; ; number += 1) {
    const candidate = `${label} (${number})`;
    if (used.has(candidate)) continue;
    used.add(candidate);
    return candidate;
  }
}

/** Labels that are numbers are their own list: a number before them could be taken for a choice. */
export function areNumbers(labels: readonly string[]): boolean {
  return labels.some((label) => /^[^\p{L}\p{N}]*\p{N}+[^\p{L}\p{N}]*$/u.test(label));
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

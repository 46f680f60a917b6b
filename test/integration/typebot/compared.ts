import type { OutgoingPiece } from '../../../lib/bitrix24/text/render-parts';
import type { BotInit, Scenario } from '../../../sandbox/typebot';

/** What a client writes: a text, or a command of the bot. */
export type Words = string | { command: string };

/** What comes of it in the chat of an Open Channel. */
export type Shown = OutgoingPiece | { kind: 'staff'; text: string };

export type Speaker = (words: Words) => Promise<Shown[]>;

export interface Compared {
  /** As the page tells it. */
  what: string;
  bot: BotInit;
  /** In order. What is compared is the answer to the last. */
  says: readonly Words[];
  /** Comes at the same moment as the last of them. */
  quickly?: Words;
  /** How the call with the last of them goes. */
  fault?: Scenario;
}

/** As a cell of a table: a line of a text is a piece of code, and what is no text is told in italics. */
export function cellOf(shown: readonly Shown[]): string {
  const said = shown.filter(({ kind }) => kind !== 'staff');
  const client = said.map((one, place) => {
    const isNext = one.kind === 'message' && said[place - 1]?.kind === 'message';
    return isNext ? `*then:* ${step(one)}` : step(one);
  });
  const staff = shown
    .filter((one) => one.kind === 'staff')
    .map(({ text }) => `*only to the staff:* ${code(text)}`);
  return [...(client.length > 0 ? client : ['*nothing*']), ...staff].join('<br>');
}

function step(shown: Shown): string {
  switch (shown.kind) {
    case 'file':
      return `*a file:* ${code(shown.file.name)}`;
    case 'wait':
      return `*a pause of ${shown.ms / 1000} s*`;
    case 'staff':
      return code(shown.text);
    case 'message':
      return [lines(shown.text), ...buttons(shown)].join('<br>');
  }
}

function lines(text: string): string {
  if (text.trim() === '') return '*a message of blanks*';
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : code(line)))
    .join('<br>');
}

function buttons({ keyboard }: Extract<Shown, { kind: 'message' }>): string[] {
  const labels = keyboard?.BUTTONS.flatMap((button) => ('TEXT' in button ? [code(button.TEXT)] : [])) ?? [];
  return labels.length === 0 ? [] : [`*buttons:* ${labels.join(', ')}`];
}

function code(text: string): string {
  return `\`${text}\``;
}

import { graphemes } from '../../core/characters';
import { renderInline, topLevel } from './markdown-inline';
import type { Tokens } from '../../core/markdown-lexer';
import { bbToPlain } from './plain';

/** A table wider than this would be wrapped by the client, and then the columns say nothing. */
const widest = 80;

/** A table as lines of text, to be shown in a fixed-width font. */
export function tableLines({ header, rows, align }: Tokens.Table): string[] {
  const cells = [header, ...rows].map((row) => row.map(cellText));
  const widths = header.map((_cell, column) => Math.max(3, ...cells.map((row) => width(row[column] ?? ''))));
  const isWide = widths.reduce((sum, each) => sum + each + 3, 0) > widest;
  const lines = cells.map((row) =>
    widths
      .map((size, column) => (isWide ? (row[column] ?? '') : pad(row[column] ?? '', size, align[column])))
      .join(' | ')
      .trimEnd(),
  );
  const rule = widths.map((size) => '-'.repeat(isWide ? 3 : size)).join('-|-');
  return [lines[0] ?? '', rule, ...lines.slice(1)];
}

function cellText({ tokens }: Tokens.TableCell): string {
  return bbToPlain(renderInline(tokens, topLevel)).replace(/\s+/g, ' ').trim();
}

function pad(text: string, size: number, align: 'center' | 'left' | 'right' | null | undefined): string {
  const missing = Math.max(0, size - width(text));
  if (align === 'right') return ' '.repeat(missing) + text;
  const before = align === 'center' ? Math.floor(missing / 2) : 0;
  return ' '.repeat(before) + text + ' '.repeat(missing - before);
}

const unseen = /^[\p{Default_Ignorable_Code_Point}\p{Cf}\p{M}]+$/u;
const doubleWidth =
  /\p{Emoji_Presentation}|\uFE0F|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]/u;

function width(text: string): number {
  return graphemes(text).reduce(
    (sum, each) => sum + (unseen.test(each) ? 0 : doubleWidth.test(each) ? 2 : 1),
    0,
  );
}

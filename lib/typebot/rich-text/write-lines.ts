import { breakTagsInCode } from '../../core/bb/break-tags';
import { plainToBb } from '../../core/bb/plain-to-bb';
import { joinAlike, writeRuns, type Run, type RunStyle } from './runs';
import { hasText, type Line, type ListItem } from './sheet';

export interface LineStyle extends RunStyle {
  readonly indent: string;
  readonly marker: (number: number | undefined) => string;
  readonly quote: (depth: number) => string;
}

export const bbStyle: LineStyle = {
  text: plainToBb,
  code: (text) => `[code]${breakTagsInCode(text)}[/code]`,
  open: (tag) => tag.open,
  close: (tag) => tag.close,
  indent: '  ',
  marker: (number) => (number === undefined ? '• ' : `${number}. `),
  // The portal knows one level only; what stands in it is read as it is.
  quote: (depth) => (depth === 1 ? '>>' : `>>> ${'> '.repeat(depth - 2)}`),
};

/** Markdown around what is Markdown already. Marks stay BB code, which may stand in it. */
export const markdownStyle: LineStyle = {
  text: (text) => text,
  code: codeSpan,
  open: ({ open, address }) =>
    address === undefined ? open : `<a href="${address.replaceAll('&', '&amp;')}">`,
  // Behind an address Markdown would take BB code, and all up to the next blank, for a part of it.
  close: ({ close, address }) => (address === undefined ? close : '</a>'),
  // A blank that Markdown leaves alone, as it does a number that ends in an escaped dot.
  indent: '\u00A0\u00A0',
  marker: (number) => (number === undefined ? '• ' : `${number}\\. `),
  quote: (depth) => '> '.repeat(depth),
};

export function writeLines(lines: readonly Line[], style: LineStyle): string {
  return lines.flatMap((line) => writeLine(line, style)).join('\n');
}

function writeLine(line: Line, style: LineStyle): string[] {
  return rowsOf(line.runs).map((runs, index) => {
    const written = writeRuns(runs, style);
    const before = prefix(line, index === 0 ? line.item : undefined, style);
    return written === '' ? before.trimEnd() : before + written;
  });
}

/** Deeper lists and quotes are shown as deep as this: they would be wider than any screen. */
const deepest = 10;

function prefix(
  { quotes, lists, isVerbatim }: Line,
  item: ListItem | undefined,
  { indent, marker, quote }: LineStyle,
): string {
  const quoted = quotes === 0 ? '' : quote(Math.min(quotes, deepest));
  const levels = Math.min(lists, deepest);
  if (item !== undefined) return quoted + indent.repeat(Math.max(0, levels - 1)) + marker(item.number);
  // The lines of code are not indented, so its first is not.
  return isVerbatim ? quoted : quoted + indent.repeat(levels);
}

/** Text by its line breaks; code keeps its own. */
function rowsOf(runs: readonly Run[]): Run[][] {
  const rows: Run[][] = [[]];
  for (const run of joinAlike(runs)) {
    const [first = '', ...rest] = run.isCode && hasText([run]) ? [run.text] : run.text.split('\n');
    rows.at(-1)?.push({ ...run, text: first });
    for (const text of rest) rows.push([{ ...run, text }]);
  }
  return rows;
}

function codeSpan(text: string): string {
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}

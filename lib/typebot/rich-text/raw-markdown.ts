import type { Line } from './sheet';

/** Signs of Markdown or of HTML that a variable's value brought along. */
const signs: readonly RegExp[] = [
  /^ {0,3}(?:#{1,6} \S|[-*+] \S|\d{1,9}[.)] \S|> ?\S|`{3}|~{3})/m,
  /^\|?[ :]*-[-: ]*\|[-:| ]*$/m,
  /\*\*[^\s*]|__[^\s_]|~~[^\s~]|`[^`\n]+`/,
  /(?<![\p{L}\p{N}*\\])\*[^\s*][^*\n]{0,500}\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_\\])_[^\s_][^_\n]{0,500}_(?![\p{L}\p{N}_])/u,
  /\]\([^\s()]{1,2000}[^()\n]{0,200}\)/,
  /<\/?(?:b|strong|i|em|u|ins|s|del|br|p|a|ul|ol|li|h[1-6]|code|pre|div|span|table)(?:\s[^<>]{0,2000})?\/?>/i,
];

export interface LineGroup {
  /** For each element its lines. */
  readonly elements: readonly (readonly Line[])[];
  readonly isMarkdown: boolean;
}

/** The lines by whether their element holds raw Markdown. What stands between two fences belongs to them. */
export function groupByMarkdown(lines: readonly Line[]): LineGroup[] {
  const groups: { elements: Line[][]; isMarkdown: boolean }[] = [];
  let isInFence = false;
  for (const element of byElement(lines)) {
    const text = textOfLines(element);
    const isMarkdown = !element.some(holdsLongCode) && (isInFence || signs.some((sign) => sign.test(text)));
    if (isMarkdown && hasOddFence(text)) isInFence = !isInFence;
    const group = groups.at(-1);
    if (group?.isMarkdown === isMarkdown) group.elements.push(element);
    else groups.push({ elements: [element], isMarkdown });
  }
  return groups;
}

function byElement(lines: readonly Line[]): Line[][] {
  const elements: Line[][] = [];
  for (const line of lines) {
    const last = elements.at(-1);
    if (last?.[0]?.element === line.element) last.push(line);
    else elements.push([line]);
  }
  return elements;
}

function textOfLines(lines: readonly Line[]): string {
  return lines.map(({ runs }) => runs.map(({ text, isCode }) => (isCode ? '' : text)).join('')).join('\n');
}

/** BB code would be read as Markdown there, and a code span takes one line. */
function holdsLongCode({ runs }: Line): boolean {
  return runs.some(({ text, isCode }) => isCode && text.includes('\n'));
}

function hasOddFence(text: string): boolean {
  return (text.match(/^ {0,3}(?:`{3}|~{3})/gm)?.length ?? 0) % 2 === 1;
}

const startsBlock = /^ {0,3}(?:[-*+] |\d{1,9}[.)] |>|#{1,6} |`{3}|~{3}|\||$)/;
const startsOpenBlock = /^ {0,3}(?:[-*+] |\d{1,9}[.)] |>)/m;

/** Elements are lines, and Markdown would take a line right behind a list or a quote for more of it. */
export function joinElements(elements: readonly string[]): string {
  let joined = '';
  let isInFence = false;
  let isBlockOpen = false;
  elements.forEach((element, place) => {
    const isDrawnIn = isBlockOpen && !isInFence && !startsBlock.test(firstLine(element));
    joined += (place === 0 ? '' : isDrawnIn ? '\n\n' : '\n') + element;
    if (hasOddFence(element)) isInFence = !isInFence;
    isBlockOpen = startsOpenBlock.test(lastParagraph(element));
  });
  return joined;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function lastParagraph(text: string): string {
  return text.slice(text.lastIndexOf('\n\n') + 1);
}

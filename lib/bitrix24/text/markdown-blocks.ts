import { breakTags } from '../../core/bb/break-tags';
import { layoutOfHtml, readHtmlTag } from './html-tags';
import { code, horizontalRule, mark, renderInline, textIn, type Place } from './markdown-inline';
import { tableLines } from './markdown-table';
import { lexInline, type Token, type Tokens } from '../../core/markdown-lexer';

/** Blocks stay apart as they are in the source: by a line break, or by one blank line. */
export function renderBlocks(tokens: readonly Token[], place: Place): string {
  let text = '';
  let gap = '\n';
  for (const token of tokens) {
    const block = token.type === 'space' ? '' : renderBlock(token, place);
    if (block !== '') text += text === '' ? block : gap + block;
    gap = (block === '' && gap === '\n\n') || endsInBlankLine(token) ? '\n\n' : '\n';
  }
  return text;
}

export function endsInBlankLine({ raw }: Token): boolean {
  const end = raw.slice(raw.trimEnd().length);
  return end.indexOf('\n') !== end.lastIndexOf('\n');
}

function renderBlock(token: Token, place: Place): string {
  switch (token.type) {
    case 'heading':
      return mark('b', token.tokens, place);
    case 'paragraph':
      return renderInline(token.tokens ?? [], place).trim();
    case 'code':
      return codeBlock(textIn(token), place);
    case 'blockquote':
      return quote(renderBlocks(token.tokens ?? [], { ...place, isInQuote: true }));
    case 'list':
      return isList(token) ? list(token, place) : token.raw;
    case 'table':
      return isTable(token) ? codeBlock(tableLines(token).join('\n'), place) : token.raw;
    case 'hr':
      return horizontalRule;
    case 'html':
      return htmlBlock(token.raw, place);
    case 'def':
      return '';
    default:
      return renderInline([token], place);
  }
}

function isList(token: Token): token is Tokens.List {
  return token.type === 'list' && 'items' in token;
}

function isTable(token: Token): token is Tokens.Table {
  return token.type === 'table' && 'rows' in token && 'header' in token;
}

/** A block cannot stand in a quote: each of its lines would end it. */
function codeBlock(text: string, { isInQuote }: Place): string {
  return isInQuote ? breakTags(text) : code(text);
}

function quote(content: string): string {
  return content
    .split('\n')
    .map((line) => (line.startsWith('>>') ? `>>> ${line.slice(2)}` : `>>${line}`))
    .join('\n');
}

function list({ items, ordered, start }: Tokens.List, place: Place): string {
  const first = typeof start === 'number' ? start : 1;
  const inner = { ...place, listDepth: place.listDepth + 1 };
  let text = '';
  items.forEach((item, index) => {
    const bullet = ordered ? `${first + index}.` : bulletAt(place.listDepth);
    const task = item.checked === true ? '☑' : '☐';
    const marker = item.task ? (ordered ? `${bullet} ${task}` : task) : bullet;
    text += `${marker} ${indent(renderBlocks(item.tokens, inner))}`.trimEnd();
    if (index < items.length - 1) text += endsInBlankLine(item) ? '\n\n' : '\n';
  });
  return text;
}

function bulletAt(depth: number): string {
  return depth % 2 === 0 ? '•' : '◦';
}

/** Moves all lines but the first. Those of a code block say what they say; a quote is one only at the line's start. */
function indent(content: string): string {
  let isInCode = false;
  return content
    .split('\n')
    .map((line, index) => {
      const isFixed = index === 0 || isInCode || line === '' || /^(?:\[code\]|>>)/.test(line);
      const opening = line.lastIndexOf('[code]');
      const closing = line.lastIndexOf('[/code]');
      if (opening !== closing) isInCode = opening > closing;
      return isFixed ? line : `    ${line}`;
    })
    .join('\n');
}

function htmlBlock(html: string, place: Place): string {
  const first = readHtmlTag(html.trimStart());
  const isInHtmlBlock = first !== undefined && layoutOfHtml(first) !== undefined;
  return renderInline(lexInline(html), { ...place, isInHtmlBlock })
    .replace(/\n[ \t]*(?:\n[ \t]*)+/g, '\n\n')
    .replace(/\n\n(?=• )/g, '\n')
    .trim();
}

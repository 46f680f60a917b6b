import { breakTags } from '../../core/bb/break-tags';
import { oneLine, zeroWidthSpace } from '../../core/characters';
import { decodeEntities } from './entities';
import { codeHtml, htmlAttribute, layoutOfHtml, markOfHtml, readHtmlTag, type HtmlTag } from './html-tags';
import { isSafeAddress, safeAddress, saysTheSame } from '../../core/bb/links';
import type { Token } from '../../core/markdown-lexer';

type Mark = 'b' | 'i' | 'u' | 's';

/** Where in the text we are. */
export interface Place {
  marks: ReadonlySet<Mark>;
  isInLink: boolean;
  isInHtmlBlock: boolean;
  isInQuote: boolean;
  listDepth: number;
}

export const topLevel: Place = {
  marks: new Set(),
  isInLink: false,
  isInHtmlBlock: false,
  isInQuote: false,
  listDepth: 0,
};

export const horizontalRule = '─'.repeat(10);

export function renderInline(tokens: readonly Token[], place: Place): string {
  let text = '';
  const anchors: boolean[] = [];
  const unclosed = new Set<string>();
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) continue;
    if (token.type !== 'html') {
      text += inlineToken(token, place);
      continue;
    }
    const tag = readHtmlTag(token.raw);
    const isCode = tag !== undefined && isCodeStart(tag) && !unclosed.has(tag.name);
    const end = isCode ? closingIndex(tokens, index, tag.name) : undefined;
    // Not to be looked for again: each search goes through all the rest.
    if (isCode && end === undefined) unclosed.add(tag.name);
    if (end === undefined) {
      text += tag === undefined ? strayHtml(token.raw) : htmlTag(tag, place, anchors);
    } else {
      text += code(decodeEntities(rawBetween(tokens, index, end)));
      index = end;
    }
  }
  return text;
}

function inlineToken(token: Token, place: Place): string {
  switch (token.type) {
    case 'text':
      if (token.tokens !== undefined) return renderInline(token.tokens, place);
      return decodeEntities(token.raw).replace(/\n[ \t]+/g, '\n');
    case 'escape':
      // Written as no tag: it must not become one.
      return token.raw === '\\[' ? `[${zeroWidthSpace}` : token.raw.slice(1);
    case 'strong':
      return mark('b', token.tokens, place);
    case 'em':
      return mark('i', token.tokens, place);
    case 'del':
      return mark('s', token.tokens, place);
    case 'codespan':
      return code(textIn(token));
    case 'br':
      return '\n';
    case 'checkbox':
      return '';
    case 'link':
      return link(token, place);
    case 'image':
      return picture(textIn(token), hrefOf(token), place);
    default:
      return token.raw;
  }
}

/** marked's own union ends in a token of any shape, so its fields have to be looked at. */
export function textIn(token: Token): string {
  return 'text' in token && typeof token.text === 'string' ? token.text : token.raw;
}

function hrefOf(token: Token): string {
  return 'href' in token && typeof token.href === 'string' ? decodeEntities(token.href) : '';
}

export function mark(name: Mark, tokens: readonly Token[] = [], place: Place = topLevel): string {
  const marks = new Set(place.marks).add(name);
  const content = renderInline(tokens, { ...place, marks });
  return place.marks.has(name) ? content : marked(name, content);
}

export function marked(name: Mark, content: string): string {
  const trimmed = content.trim();
  if (trimmed === '') return content;
  const start = content.indexOf(trimmed);
  const after = content.slice(start + trimmed.length);
  return `${content.slice(0, start)}[${name}]${trimmed}[/${name}]${after}`;
}

const codeTag = new Set(['code']);

export function code(text: string): string {
  return text === '' ? '' : `[code]${breakTags(text, codeTag)}[/code]`;
}

function link(token: Token, place: Place): string {
  if ('autolink' in token && token.autolink === true) return autolink(textIn(token));
  const inner = 'tokens' in token ? token.tokens : undefined;
  const label = renderInline(inner ?? [], { ...place, isInLink: true }).trim();
  return place.isInLink ? label : linkTo(label, decodeEntities(textIn(token)), hrefOf(token));
}

/** An address that was only written down. A bracket ends it here, though marked takes it as a part. */
function autolink(text: string): string {
  const end = text.search(/[[\]]/);
  const address = end < 0 ? text : text.slice(0, end);
  const rest = end < 0 ? '' : text.slice(end);
  return (safeAddress(address) ?? address) + rest;
}

function linkTo(label: string, written: string, href: string): string {
  const address = safeAddress(href);
  if (address === undefined) return isRelative(href) && label !== '' ? `${label} (${oneLine(href)})` : label;
  if (label === '' || saysTheSame(written, address)) return bareAddress(address);
  return isSafeAddress(address) ? `[url=${address}]${label.replace(/\n/g, ' ')}[/url]` : label;
}

function bareAddress(address: string): string {
  return address.replace(/^(?:mailto|tel):/i, '');
}

function isRelative(href: string): boolean {
  return /^[\w./][^\s:]*$/.test(href);
}

function picture(alt: string, href: string, place: Place): string {
  const label = oneLine(decodeEntities(alt));
  return place.isInLink ? label : linkTo(label, label, href);
}

function isCodeStart({ name, isClosing }: HtmlTag): boolean {
  return codeHtml.has(name) && !isClosing;
}

function closingIndex(tokens: readonly Token[], from: number, name: string): number | undefined {
  const closing = new RegExp(`^</${name}\\s*>$`, 'i');
  const index = tokens.findIndex(
    (token, at) => at > from && token.type === 'html' && closing.test(token.raw.trim()),
  );
  return index < 0 ? undefined : index;
}

function rawBetween(tokens: readonly Token[], from: number, to: number): string {
  return tokens
    .slice(from + 1, to)
    .map((token) =>
      token.type === 'html' && codeHtml.has(readHtmlTag(token.raw)?.name ?? '') ? '' : token.raw,
    )
    .join('')
    .replace(/^\n|\n$/g, '');
}

function strayHtml(raw: string): string {
  return raw.startsWith('<!--') ? '' : raw;
}

function htmlTag(tag: HtmlTag, place: Place, anchors: boolean[]): string {
  const bbMark = markOfHtml.get(tag.name);
  if (bbMark !== undefined) return place.marks.has(bbMark) ? '' : `[${tag.isClosing ? '/' : ''}${bbMark}]`;
  if (tag.name === 'br') return '\n';
  if (tag.name === 'hr') return `\n${horizontalRule}\n`;
  if (tag.name === 'a') return anchor(tag, place, anchors);
  if (tag.name === 'img') return picture(htmlAttribute(tag, 'alt'), htmlAttribute(tag, 'src'), place);
  return (place.isInHtmlBlock ? layoutOfHtml(tag) : undefined) ?? tag.raw;
}

function anchor(tag: HtmlTag, place: Place, anchors: boolean[]): string {
  if (tag.isClosing) return anchors.pop() === true ? '[/url]' : '';
  const address = place.isInLink ? undefined : safeAddress(htmlAttribute(tag, 'href'));
  const isLink = address !== undefined && isSafeAddress(address);
  anchors.push(isLink);
  return isLink ? `[url=${address}]` : '';
}

import { tagRules, type TagRule } from '../../core/bb/tag-table';

/** BB text in order. Tags are well nested: every `open` has its `close`, and pairs never cross. */
export type BbToken =
  | { kind: 'text'; raw: string }
  | { kind: 'code'; raw: string; content: string }
  | { kind: 'single' | 'open' | 'close'; name: string; rest: string; raw: string };

/** Whether a well-formed tag counts as a tag; what does not is text. */
export type TagChoice = (rule: TagRule, name: string, rest: string) => boolean;

/** Deep enough for any text; a limit, because each crossing repeats the tags that are open. */
const deepest = 8;

export function readBb(text: string, isTag: TagChoice): BbToken[] {
  const pieces = lex(text, isTag);
  pairUp(pieces, text);
  return nest(pieces);
}

interface Piece {
  token: BbToken;
  start: number;
  end: number;
  /** For a paired tag, the piece at its other end. */
  partner?: number;
}

/** Bold within bold is bold: the inner tags can go. */
const marks = new Set(['b', 'i', 'u', 's']);

const tagForm = /\[(\/?)([a-z]{1,9})((?:[= ][^[\]\n]*)?)\]/gi;

function lex(text: string, isTag: TagChoice): Piece[] {
  const pieces: Piece[] = [];
  const endOfCode = createCodeEnd(text);
  let done = 0;
  const add = (token: BbToken, start: number, end: number) => {
    if (start > done) pieces.push({ token: textToken(text.slice(done, start)), start: done, end: start });
    pieces.push({ token, start, end });
    done = end;
  };
  for (const match of text.matchAll(tagForm)) {
    const [raw, slash = '', written = '', rest = ''] = match;
    const name = written.toLowerCase();
    const rule = tagRules.get(name);
    if (rule === undefined || match.index < done) continue;
    const end = match.index + raw.length;
    if (rule.shape === 'verbatim') {
      const close = slash === '' && rest === '' && isTag(rule, name, rest) ? endOfCode(end) : undefined;
      if (close === undefined) continue;
      const content = text.slice(end, close.start);
      add({ kind: 'code', raw: text.slice(match.index, close.end), content }, match.index, close.end);
    } else if (slash !== '') {
      if (rest === '' && rule.shape === 'pair') add({ kind: 'close', name, rest, raw }, match.index, end);
    } else if (isTag(rule, name, rest)) {
      add({ kind: rule.shape === 'single' ? 'single' : 'open', name, rest, raw }, match.index, end);
    }
  }
  if (done < text.length) pieces.push({ token: textToken(text.slice(done)), start: done, end: text.length });
  return pieces;
}

function textToken(raw: string): BbToken {
  return { kind: 'text', raw };
}

/** Looks for the end of a code block. Once none was found none is looked for: the search stays linear. */
function createCodeEnd(text: string): (from: number) => { start: number; end: number } | undefined {
  const closing = /\[\/code\]/gi;
  let isExhausted = false;
  return (from) => {
    if (isExhausted) return undefined;
    closing.lastIndex = from;
    const match = closing.exec(text);
    isExhausted = match === null;
    return match === null ? undefined : { start: match.index, end: closing.lastIndex };
  };
}

/** Each closing tag belongs to the last open one of its name, as in the portal, which looks at one name at a time. */
function pairUp(pieces: Piece[], text: string): void {
  const waiting = new Map<string, number[]>();
  pieces.forEach((piece, index) => {
    const { token } = piece;
    if (token.kind === 'open') {
      const open = waiting.get(token.name) ?? [];
      open.push(index);
      waiting.set(token.name, open);
    }
    if (token.kind !== 'close') return;
    const partner = waiting.get(token.name)?.pop();
    const opening = partner === undefined ? undefined : pieces[partner];
    if (partner === undefined || opening === undefined || opening.token.kind !== 'open') return;
    const content = text.slice(opening.end, piece.start);
    if (tagRules.get(token.name)?.acceptsContent?.(opening.token.rest, content) === false) return;
    piece.partner = partner;
    opening.partner = index;
  });
}

interface OpenTag {
  name: string;
  rest: string;
  raw: string;
  index: number;
}

function nest(pieces: Piece[]): BbToken[] {
  const tokens: BbToken[] = [];
  let open: OpenTag[] = [];
  const refused = new Set<number>();
  const needless = new Set<number>();

  const addText = (raw: string) => {
    const last = tokens.at(-1);
    if (last?.kind === 'text') last.raw += raw;
    else tokens.push({ kind: 'text', raw });
  };
  const close = ({ name }: OpenTag) => tokens.push({ kind: 'close', name, rest: '', raw: `[/${name}]` });
  const reopen = ({ name, rest, raw }: OpenTag) => tokens.push({ kind: 'open', name, rest, raw });

  pieces.forEach(({ token, partner }, index) => {
    if (token.kind === 'text') return addText(token.raw);
    if (token.kind === 'code' || token.kind === 'single') return void tokens.push(token);
    if (partner === undefined || refused.has(index)) return addText(token.raw);
    if (needless.has(index)) return;
    if (token.kind === 'open') {
      if (marks.has(token.name) && open.some(({ name }) => name === token.name)) {
        needless.add(partner);
        return;
      }
      // The portal pairs the first opening with the first closing tag, so a tag within its like would go astray.
      if (open.length >= deepest || open.some(({ name }) => name === token.name)) {
        refused.add(partner);
        return addText(token.raw);
      }
      open.push({ ...token, index });
      return void tokens.push(token);
    }
    const at = open.findIndex((tag) => tag.index === partner);
    const crossed = open.slice(at + 1);
    crossed.toReversed().forEach(close);
    tokens.push(token);
    crossed.forEach(reopen);
    open = [...open.slice(0, at), ...crossed];
  });
  return tokens;
}

/** What stands between the tags. */
export function textOf(tokens: readonly BbToken[]): string {
  return tokens
    .map((token) => (token.kind === 'text' ? token.raw : token.kind === 'code' ? token.content : ''))
    .join('');
}

/** As somebody sees it who drops all tags without a closer look. */
export function withoutTags(bb: string): string {
  return bb.replace(tagForm, (raw, _slash, name: string) => (tagRules.has(name.toLowerCase()) ? '' : raw));
}

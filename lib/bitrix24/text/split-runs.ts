import { readBb, type BbToken } from './bb-tokens';
import { bbToPlain } from './plain';

export interface OpenTag {
  raw: string;
  close: string;
}

/** A stretch of text between two tags, with the tags around it. Tags without text are in no run, and go. */
export interface Run {
  text: string;
  open: readonly OpenTag[];
  isCode: boolean;
  /** Not to be cut while it fits into a piece; when it does not, these stand in for it. */
  parts?: readonly Run[];
  /** Repeats a mark of the piece before and is no content of its own. */
  isCarried?: true;
}

/** A cut in one of these gives two links, two buttons, or half a mention. */
const wholeTags = new Set(['url', 'user', 'chat', 'context', 'call', 'send', 'put', 'img']);

/** Marks cost room, for they are closed and opened again at each cut. Where they would take half of it, they go. */
export function readRuns(bb: string, limit: number): Run[] {
  const tokens = readBb(bb, (rule, _name, rest) => rule.accepts(rest));
  const runs = runsOf(tokens, limit);
  const isCostly = runs.some((run) =>
    [run, ...(run.parts ?? [])].some(({ open }) => costOf(open) > limit / 2 - 2),
  );
  return isCostly ? [{ text: bbToPlain(bb), open: [], isCode: false }] : runs;
}

export function costOf(open: readonly OpenTag[]): number {
  return open.reduce((sum, { raw, close }) => sum + raw.length + close.length, 0);
}

const codeTag: OpenTag = { raw: '[code]', close: '[/code]' };

function runsOf(tokens: readonly BbToken[], limit: number): Run[] {
  const runs: Run[] = [];
  let open: readonly OpenTag[] = [];
  let whole: { raw: string; parts: Run[]; depth: number } | undefined;
  const add = (run: Run) => (whole === undefined ? runs : whole.parts).push(run);

  for (const token of tokens) {
    if (whole !== undefined) whole.raw += token.raw;
    if (token.kind === 'text') add({ text: token.raw, open, isCode: false });
    if (token.kind === 'single')
      add({ text: token.raw, open, isCode: false, ...undivided(token.raw, limit) });
    if (token.kind === 'code') {
      const content: Run = { text: token.content, open: [...open, codeTag], isCode: true };
      if (whole === undefined) runs.push({ text: token.raw, open, isCode: false, parts: [content] });
      else whole.parts.push(content);
    }
    if (token.kind === 'open') {
      if (wholeTags.has(token.name)) whole ??= { raw: token.raw, parts: [], depth: open.length };
      open = [...open, { raw: token.raw, close: `[/${token.name}]` }];
    }
    if (token.kind === 'close') open = open.slice(0, -1);
    if (whole !== undefined && token.kind === 'close' && open.length === whole.depth) {
      if (whole.parts.length > 0) runs.push({ text: whole.raw, open, isCode: false, parts: whole.parts });
      whole = undefined;
    }
  }
  return runs.filter(({ text }) => text !== '');
}

/** A tag that stands alone stays in one piece, if it is of any sane length. */
function undivided(raw: string, limit: number): Pick<Run, 'parts'> {
  return raw.length > limit / 2 ? {} : { parts: [] };
}

/** Opens and closes tags as the runs need it. */
export function writeRuns(runs: readonly Run[]): string {
  let text = '';
  let open: readonly OpenTag[] = [];
  for (const run of runs) {
    text += changeTags(open, run.open) + run.text;
    open = run.open;
  }
  return text + changeTags(open, []);
}

export function changeTags(from: readonly OpenTag[], to: readonly OpenTag[]): string {
  let shared = 0;
  while (shared < from.length && from[shared] === to[shared]) shared += 1;
  const closing = from.slice(shared).reverse();
  return [...closing.map(({ close }) => close), ...to.slice(shared).map(({ raw }) => raw)].join('');
}

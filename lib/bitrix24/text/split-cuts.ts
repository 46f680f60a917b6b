import { graphemeStart } from '../../core/characters';

/** From the best place for a cut to the worst. */
export const cutKinds = ['paragraph', 'line', 'sentence', 'word'] as const;
export type CutKind = (typeof cutKinds)[number];

/** Text up to `keep` stays, text from `resume` goes on; what is between is blank. */
export interface TextCut {
  kind: CutKind;
  keep: number;
  resume: number;
}

/** The last cut of each kind that keeps at most `room` of the text. */
export function textCuts(text: string, room: number): TextCut[] {
  const window = text.slice(0, room + 1);
  return [
    lineCut('paragraph', text, window.lastIndexOf('\n\n')),
    lineCut('line', text, window.lastIndexOf('\n')),
    spaceCut('sentence', text, lastSentenceEnd(window)),
    spaceCut('word', text, lastSpace(window, window.length - 1)),
  ].filter((cut) => cut !== undefined);
}

/** In code every blank counts: only a line break is given up. */
export function codeCuts(text: string, room: number): TextCut[] {
  const window = text.slice(0, room + 1);
  const line = window.lastIndexOf('\n');
  const space = room > 0 ? window.lastIndexOf(' ', room - 1) : -1;
  const cuts: TextCut[] = [];
  if (line >= 0) cuts.push({ kind: 'line', keep: line, resume: line + 1 });
  if (space >= 0) cuts.push({ kind: 'word', keep: space + 1, resume: space + 1 });
  return cuts;
}

/** Where nothing better is to be had. Whole graphemes if one fits at all, whole characters always. */
export function hardCut(text: string, room: number): number {
  const start = graphemeStart(text.slice(0, room + 64), room);
  if (start > 0) return start;
  const isPair = /^[\uDC00-\uDFFF]/.test(text.slice(room)) && /[\uD800-\uDBFF]$/.test(text.slice(0, room));
  return isPair ? Math.max(room - 1, 2) : room;
}

/** The blanks at the start of a line are its indentation and go with it. */
function lineCut(kind: CutKind, text: string, at: number): TextCut | undefined {
  if (at < 0) return undefined;
  let resume = at;
  while (text[resume] === '\n') resume += 1;
  return { kind, keep: at, resume };
}

function spaceCut(kind: CutKind, text: string, at: number): TextCut | undefined {
  if (at < 0) return undefined;
  let resume = at;
  while (isSpace(text[resume])) resume += 1;
  return { kind, keep: at, resume };
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\u3000';
}

function lastSpace(window: string, from: number): number {
  for (let at = from; at >= 0; at -= 1) {
    if (isSpace(window[at]) && !startsInGrapheme(window, at)) return at;
  }
  return -1;
}

const joinsBefore = /^[\p{M}\p{Cf}\p{Emoji_Modifier}\u0E33\u0EB3]/u;

/** A blank may carry an accent that stands after it; they are one character for the reader. */
function startsInGrapheme(window: string, at: number): boolean {
  return window.charCodeAt(at + 1) > 0x7f && joinsBefore.test(window.slice(at + 1, at + 3));
}

const closers = '"\'»”’)]';

/** The place behind the last sentence; a number with a dot is none. */
function lastSentenceEnd(window: string): number {
  for (let space = lastSpace(window, window.length - 1); space > 0; space = lastSpace(window, space - 1)) {
    let end = space - 1;
    while (end > 0 && closers.includes(window.charAt(end))) end -= 1;
    if ('.!?…。！？'.includes(window.charAt(end)) && !/[\d\s]/.test(window.charAt(end - 1))) return space;
  }
  return -1;
}

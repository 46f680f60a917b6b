import { codeCuts, cutKinds, hardCut, textCuts, type CutKind } from './split-cuts';
import { changeTags, costOf, readRuns, writeRuns, type OpenTag, type Run } from './split-runs';

/** What the messengers behind an Open Channel take without a cut of their own. */
export const openChannelLimit = 4_000;
/** What Bitrix24 itself takes; the rest is cut off without a word. */
export const hardLimit = 20_000;

/**
 * Cuts BB text into messages of at most `limit` UTF-16 units: between paragraphs, else lines, sentences, words. Tags
 * that are open at a cut are closed there and opened again in the next piece. Only blanks at the cuts are given up.
 */
export function splitText(bb: string, limit: number = openChannelLimit): string[] {
  const size = Math.min(hardLimit, Math.max(2, Math.floor(limit) || 2));
  if (bb.length <= size) return bb.trim() === '' ? [] : [bb];
  // In reverse, because what a cut leaves over is put back to be taken next.
  const waiting = readRuns(bb, size).reverse();
  const pieces: string[] = [];
  while (waiting.length > 0) {
    const piece = writeRuns(trimEnd(takePiece(waiting, size)));
    if (piece.trim() !== '') pieces.push(piece);
  }
  return pieces;
}

interface TakenRun {
  run: Run;
  /** The length of the piece before this run's text. */
  start: number;
  /** Nothing but blanks comes before this run. */
  isFirst: boolean;
}

function takePiece(waiting: Run[], size: number): Run[] {
  const taken: TakenRun[] = [];
  let length = 0;
  let isFirst = true;
  let open: readonly OpenTag[] = [];
  for (let run = waiting.pop(); run !== undefined; run = waiting.pop()) {
    const next: Run = isFirst ? withoutBlankLines(run, size) : run;
    const start = length + changeTags(open, next.open).length;
    const room = size - start - changeTags(next.open, []).length;
    if (next.text.length > room) {
      if (next.parts !== undefined && costOf(next.open) + next.text.length > size) {
        waiting.push(...[...next.parts].reverse());
        continue;
      }
      return cutPiece([...taken, { run: next, start, isFirst }], room, size, waiting);
    }
    taken.push({ run: next, start, isFirst });
    isFirst &&= next.isCarried === true || next.text.trim() === '';
    length = start + next.text.length;
    open = next.open;
  }
  return taken.map(({ run }) => run);
}

/** A message does not begin with blank lines; spaces are the indentation of its first line and stay. */
function withoutBlankLines(run: Run, size: number): Run {
  if (run.isCode || run.parts !== undefined) return run;
  const blank = /^(?:[ \t]*\n)+/.exec(run.text.slice(0, size))?.[0].length ?? 0;
  return blank === 0 ? run : { ...run, text: run.text.slice(blank) };
}

function trimEnd(runs: readonly Run[]): Run[] {
  const kept = [...runs];
  for (let last = kept.pop(); last !== undefined; last = kept.pop()) {
    const text = last.isCode ? last.text : last.text.trimEnd();
    if (text !== '') return [...kept, { ...last, text }];
  }
  return kept;
}

interface Cut {
  kind: CutKind | 'edge' | 'hard';
  /** The index of the run that is cut. */
  at: number;
  keep: number;
  resume: number;
}

/** Keeps what comes before the best cut, and puts the rest back. */
function cutPiece(taken: readonly TakenRun[], room: number, size: number, waiting: Run[]): Run[] {
  const cut = bestCut(taken, room, size) ?? forcedCut(taken, room);
  const { run, isFirst } = taken[cut.at] ?? {};
  if (run === undefined) return [];
  const rest = taken.slice(cut.at + 1).map((each) => each.run);
  waiting.push(...rest.reverse());
  if (cut.resume < run.text.length) waiting.push(cut.resume === 0 ? run : cutRun(run, cut.resume));
  // Only blanks and a carried mark came before: that is no message.
  if (isFirst === true && cut.keep === 0) return [];
  const kept = taken.slice(0, cut.at).map((each) => each.run);
  if (cut.keep > 0) kept.push({ ...run, text: run.text.slice(0, cut.keep) });
  const next = waiting.at(-1);
  if (
    size >= smallestForQuotes &&
    next !== undefined &&
    !next.text.startsWith('\n') &&
    isWithinQuote(kept, cut)
  ) {
    waiting.push(carriedQuote);
  }
  return kept;
}

function cutRun(run: Run, from: number): Run {
  return { text: run.text.slice(from), open: run.open, isCode: run.isCode };
}

const smallestForQuotes = 16;
const carriedQuote: Run = { text: '>>', open: [], isCode: false, isCarried: true };

function isWithinQuote(kept: readonly Run[], { kind }: Cut): boolean {
  if (kind === 'paragraph' || kind === 'line' || kept.at(-1)?.isCode === true) return false;
  const text = writeRuns(kept);
  return text.startsWith('>>', text.lastIndexOf('\n') + 1);
}

/** A cut that leaves the piece emptier than this is not worth its better place. */
const fullEnough = 0.4;

function bestCut(taken: readonly TakenRun[], room: number, size: number): Cut | undefined {
  const cuts = lastCuts(taken, room);
  const first = taken[0]?.start ?? 0;
  const filled = ({ at, keep }: Cut) => ((taken[at]?.start ?? 0) + keep - first) / (size - first);
  for (const kind of cutKinds.slice(0, -1)) {
    const cut = cuts.get(kind);
    if (cut !== undefined && filled(cut) >= fullEnough) return cut;
  }
  return [...cuts.values()].sort((one, other) => filled(other) - filled(one))[0];
}

/** The last cut of each kind. */
function lastCuts(taken: readonly TakenRun[], room: number): Map<Cut['kind'], Cut> {
  const cuts = new Map<Cut['kind'], Cut>();
  for (let at = taken.length - 1; at >= 0 && cuts.size <= cutKinds.length; at -= 1) {
    const each = taken[at];
    if (each === undefined) break;
    const most = at === taken.length - 1 ? Math.max(0, room) : each.run.text.length;
    for (const cut of cutsWithin(each, most)) {
      if (!cuts.has(cut.kind)) cuts.set(cut.kind, { ...cut, at });
    }
    const isEdge = each.run.parts !== undefined || taken[at - 1]?.run.parts !== undefined;
    if (isEdge && !each.isFirst && !cuts.has('edge'))
      cuts.set('edge', { kind: 'edge', at, keep: 0, resume: 0 });
  }
  return cuts;
}

function cutsWithin({ run, isFirst }: TakenRun, most: number): Omit<Cut, 'at'>[] {
  if (run.parts !== undefined || run.isCarried) return [];
  const cuts = run.isCode ? codeCuts(run.text, most) : textCuts(run.text, most);
  return cuts.filter(({ keep }) => !isFirst || run.text.slice(0, keep).trim() !== '');
}

/** No blank anywhere: as much as fits, or, where not even one grapheme fits, as much as must be. */
function forcedCut(taken: readonly TakenRun[], room: number): Cut {
  const at = taken.length - 1;
  const { run } = taken[at] ?? {};
  const canBeCut = run !== undefined && run.parts === undefined;
  const keep = canBeCut && room > 0 ? hardCut(run.text, room) : 0;
  const isLone = at === 0;
  return keep > room && !isLone
    ? { kind: 'hard', at, keep: 0, resume: 0 }
    : { kind: 'hard', at, keep, resume: keep };
}

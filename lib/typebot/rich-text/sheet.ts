import { cleanCharacters } from '../../core/characters';
import type { Run, Tag } from './runs';

/** What begins the first line of a list's item. */
export interface ListItem {
  readonly number: number | undefined;
  isMarked: boolean;
}

/** An element that has lines of its own; text after an element inside it begins a new one. */
export interface Block {
  readonly parent: Block | undefined;
  holdsBlocks: boolean;
}

/** Where in the tree a text stands, and so how it is shown. */
export interface Place {
  /** The number of the top-level element. */
  readonly element: number;
  /** The innermost block around. */
  readonly block: Block | undefined;
  /** The text stands in a line of the block; otherwise each thing in the block begins a block of its own. */
  readonly isInLine: boolean;
  /** Nothing here may break the line: a cell of a table, the text of a link. */
  readonly isOneLine: boolean;
  readonly isInLink: boolean;
  readonly isVerbatim: boolean;
  readonly tags: readonly Tag[];
  readonly quotes: number;
  readonly lists: number;
  readonly item: ListItem | undefined;
}

export interface Line {
  readonly element: number;
  readonly block: Block;
  readonly quotes: number;
  /** How many levels of lists its text stands in. */
  readonly lists: number;
  /** The item that begins here. */
  readonly item: ListItem | undefined;
  /** A block of code. */
  readonly isVerbatim: boolean;
  /** Begins at a break that was asked for, so it counts though it is empty. */
  readonly isAsked: boolean;
  readonly runs: Run[];
}

export interface Sheet {
  readonly write: (text: string, place: Place, marks?: LeafMarks) => void;
  /** Puts apart what comes before and after: by a line break, or by a blank where there can be none. */
  readonly separate: (place: Place) => void;
  readonly lines: () => Line[];
}

export interface LeafMarks {
  readonly tags: readonly Tag[];
  readonly isCode: boolean;
}

const noMarks: LeafMarks = { tags: [], isCode: false };

/** Marks are closed at the end of each line: text of more than this would grow by it too much, and goes without. */
const longestMarked = 200_000;

export function createSheet(): Sheet {
  const lines: Line[] = [];
  let length = 0;

  const begin = (place: Place, isAsked: boolean): Line => {
    const { element, isVerbatim, quotes, lists, item } = place;
    const block = place.isInLine && place.block ? place.block : { parent: place.block, holdsBlocks: false };
    for (let outer = block.parent; outer && !outer.holdsBlocks; outer = outer.parent)
      outer.holdsBlocks = true;
    const begun = item?.isMarked === false ? item : undefined;
    if (begun) begun.isMarked = true;
    const line: Line = { element, block, isVerbatim, quotes, lists, item: begun, isAsked, runs: [] };
    lines.push(line);
    return line;
  };
  const current = ({ block, isInLine }: Place): Line | undefined => {
    const last = lines.at(-1);
    return isInLine && last?.block === block ? last : undefined;
  };

  const write: Sheet['write'] = (written, place, marks = noMarks) => {
    const line = current(place) ?? begin(place, false);
    const { isVerbatim } = place;
    const clean = cleanCharacters(written);
    const text = place.isOneLine ? clean.replaceAll('\n', ' ') : clean;
    // A quote ends with its line, and code in it would go on.
    const isCode = (isVerbatim || marks.isCode) && !(place.quotes > 0 && (isVerbatim || text.includes('\n')));
    const tags = isVerbatim ? [] : [...new Set([...place.tags, ...marks.tags])];
    length += text.length;
    line.runs.push({ text, tags, isCode });
  };

  return {
    write,
    separate(place) {
      if (place.isVerbatim) write('\n', place);
      else if (place.isOneLine) write(' ', place);
      else if (current(place) !== undefined) write('\n', place);
      else begin(place, true);
    },
    lines() {
      const shown = lines.filter(
        ({ block, isAsked, runs }) => isAsked || !block.holdsBlocks || hasText(runs),
      );
      return length > longestMarked ? shown.map(withoutMarks) : shown;
    },
  };
}

/** The place at the start of a new block. */
export function inNewLine(place: Place): Place {
  return { ...place, block: { parent: place.block, holdsBlocks: false }, isInLine: true };
}

export function hasText(runs: readonly Run[]): boolean {
  return runs.some(({ text }) => text.trim() !== '');
}

function withoutMarks(line: Line): Line {
  return {
    ...line,
    runs: line.runs.map((run) => ({ ...run, tags: run.tags.filter(({ address }) => address !== undefined) })),
  };
}

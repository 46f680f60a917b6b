/** In BB code. Each link has a tag of its own, so that two links side by side stay two. */
export interface Tag {
  readonly open: string;
  readonly close: string;
  /** Of a link. */
  readonly address?: string;
}

export interface Run {
  readonly text: string;
  /** From the outside in, as far as nothing else asks for another order. */
  readonly tags: readonly Tag[];
  readonly isCode: boolean;
}

export interface RunStyle {
  readonly text: (text: string) => string;
  readonly code: (text: string) => string;
  readonly open: (tag: Tag) => string;
  readonly close: (tag: Tag) => string;
}

/** Opens what a run needs and closes what it does not, so that tags never cross. */
export function writeRuns(runs: readonly Run[], style: RunStyle): string {
  const pieces = joinAlike(withSettledBlanks(runs.flatMap(splitBlankEnds)));
  const ends = tagEnds(pieces);
  const closing = (tags: readonly Tag[]) => tags.toReversed().map(style.close).join('');
  let open: readonly Tag[] = [];
  let written = '';
  pieces.forEach((piece, index) => {
    const { text, tags, isCode } = piece;
    const kept = keptTags(open, tags);
    const lastsUntil = (tag: Tag) => ends[index]?.get(tag) ?? index;
    // What a crossing closed is opened again with the next word.
    const missing = isBlank(piece) ? [] : tags.filter((tag) => !kept.includes(tag));
    const opened = missing.sort((one, other) => lastsUntil(other) - lastsUntil(one));
    written += closing(open.slice(kept.length)) + opened.map(style.open).join('');
    written += isCode ? style.code(text) : style.text(text);
    open = [...kept, ...opened];
  });
  return written + closing(open);
}

function keptTags(open: readonly Tag[], wanted: readonly Tag[]): readonly Tag[] {
  const firstUnwanted = open.findIndex((tag) => !wanted.includes(tag));
  return firstUnwanted < 0 ? open : open.slice(0, firstUnwanted);
}

/** For each run, how far each of its tags goes on: what lasts longest is opened first. */
function tagEnds(runs: readonly Run[]): ReadonlyMap<Tag, number>[] {
  const ends: ReadonlyMap<Tag, number>[] = [];
  let following: ReadonlyMap<Tag, number> = new Map();
  runs.toReversed().forEach(({ tags }, place) => {
    const index = runs.length - 1 - place;
    following = new Map(tags.map((tag) => [tag, following.get(tag) ?? index]));
    ends.push(following);
  });
  return ends.reverse();
}

/** Messengers show the signs of a mark that begins or ends with a blank. In code every blank counts. */
function splitBlankEnds(run: Run): Run[] {
  const { text } = run;
  const inner = text.trim();
  if (inner === '') return text === '' ? [] : [{ ...run, isCode: false }];
  if (run.isCode || inner === text) return [run];
  const start = text.length - text.trimStart().length;
  const pieces = [text.slice(0, start), inner, text.slice(start + inner.length)];
  return pieces.filter((piece) => piece !== '').map((piece) => ({ ...run, text: piece }));
}

/** A blank keeps those of its marks that both its neighbours have. */
function withSettledBlanks(runs: readonly Run[]): Run[] {
  const after: (readonly Tag[])[] = [];
  let next: readonly Tag[] = [];
  for (const run of runs.toReversed()) {
    after.push(next);
    if (!isBlank(run)) next = run.tags;
  }
  let before: readonly Tag[] = [];
  return runs.map((run) => {
    const behind = after.pop() ?? [];
    const ahead = before;
    if (!isBlank(run)) {
      before = run.tags;
      return run;
    }
    return { ...run, tags: run.tags.filter((tag) => ahead.includes(tag) && behind.includes(tag)) };
  });
}

function isBlank({ text, isCode }: Run): boolean {
  return !isCode && text.trim() === '';
}

export function joinAlike(runs: readonly Run[]): Run[] {
  const groups: { first: Run; texts: string[] }[] = [];
  for (const run of runs) {
    const group = groups.at(-1);
    // A blank at the start stays by itself, for no mark begins with it.
    const canGrow = group !== undefined && (!isBlank(group.first) || isBlank(run));
    if (canGrow && isAlike(group.first, run)) group.texts.push(run.text);
    else groups.push({ first: run, texts: [run.text] });
  }
  return groups.map(({ first, texts }) => ({ ...first, text: texts.join('') }));
}

function isAlike(one: Run, other: Run): boolean {
  return (
    one.isCode === other.isCode &&
    one.tags.length === other.tags.length &&
    one.tags.every((tag) => other.tags.includes(tag))
  );
}

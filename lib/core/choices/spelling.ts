/** Longer words are no label that somebody typed with a slip. */
const longest = 100;

/**
 * Whether `typed` is `word` with a slip or two of the finger. The first letter, short words and all that holds a digit
 * must agree: what differs there is rather another choice (`not ready`, `size L`, `room 12`).
 */
export function isTypoOf(typed: string, word: string): boolean {
  const allowed = allowedSlips(word);
  if (allowed === 0 || typed.length > longest || word.length > longest) return false;
  if (Math.abs(typed.length - word.length) > allowed || typed[0] !== word[0]) return false;
  return tellingWords(typed) === tellingWords(word) && distance(typed, word) <= allowed;
}

function allowedSlips({ length }: string): number {
  if (length < 5) return 0;
  return length < 9 ? 1 : 2;
}

function tellingWords(text: string): string {
  return text
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length <= 3 || /\p{N}/u.test(word))
    .join(' ');
}

/** Letters put in, left out, changed, or two neighbours swapped. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: other.length + 1 }, (_unused, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwap =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (isSwap) best = Math.min(best, (before[column - 2] ?? 0) + 1);
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[other.length] ?? 0;
}

/** Whether somebody wrote one of these words and nothing else, in any case, with a full stop or without. */
export function saysOneOf(text: string, words: readonly string[]): boolean {
  const said = fold(text);
  return said !== '' && words.some((word) => fold(word) === said);
}

/** Longer than this is no word, nor the few of them that a command may have. */
const longestWord = 100;
const endMarks = new Set(['.', '!', '?', '…']);

/** Empty for what is too long. By a loop: an expression for the end of a text takes its time for many dots. */
function fold(text: string): string {
  const written = text.trim();
  let length = written.length;
  while (endMarks.has(written.charAt(length - 1))) length -= 1;
  return length > longestWord ? '' : written.slice(0, length).toLocaleLowerCase();
}

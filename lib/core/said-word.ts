/** Whether somebody wrote one of these words and nothing else, in any case, with a full stop or without. */
export function saysOneOf(text: string, words: readonly string[]): boolean {
  const said = fold(text);
  return said !== '' && words.some((word) => fold(word) === said);
}

function fold(text: string): string {
  return text
    .trim()
    .replace(/[.!?…]+$/, '')
    .toLocaleLowerCase();
}

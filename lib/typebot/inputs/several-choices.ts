import type { InputItem } from './input';
import { escapePattern } from './typed-text';

/**
 * How several choices are said to a server that looks for names in the text: by what they are called, unless it would
 * find others as well, else by their ids.
 */
export function severalAsText(items: readonly InputItem[], chosen: readonly InputItem[]): string {
  const ids = chosen.map(({ id }) => id);
  const candidates = [chosen.map(nameOf), ids, ids.toReversed()].map((names) => names.join(', '));
  const clear = candidates.find((text) => isExactly(chosen, choicesIn(items, text)));
  return clear ?? ids.join(', ');
}

/** A picture without a title goes by its address. */
function nameOf({ label, picture = '' }: InputItem): string {
  return label || picture;
}

function isExactly(chosen: readonly InputItem[], found: ReadonlySet<InputItem> | undefined): boolean {
  return found?.size === chosen.length && chosen.every((item) => found.has(item));
}

/**
 * As the server finds them: longest names first; by id, then by value, then by name; what was found is cut out once,
 * in the case it is written in. Nothing when something is left over, which it would take for numbers of the list.
 */
function choicesIn(items: readonly InputItem[], text: string): Set<InputItem> | undefined {
  const longestFirst = [...items].sort((one, other) => nameOf(other).length - nameOf(one).length);
  const found = new Set<InputItem>();
  let left = text;
  for (const by of [(item: InputItem) => item.id, (item: InputItem) => item.value ?? '', nameOf]) {
    for (const item of longestFirst) {
      if (found.has(item) || !hasPhrase(left, by(item))) continue;
      left = left.replace(by(item), () => '').trim();
      found.add(item);
    }
  }
  return /[\p{L}\p{N}]/u.test(left) ? undefined : found;
}

function hasPhrase(text: string, phrase: string): boolean {
  const words = phrase.trim().split(/\s+/u).filter(Boolean).map(escapePattern);
  if (words.length === 0) return false;
  const edge = String.raw`[^\p{L}\p{N}\p{M}]`;
  return new RegExp(`(?:^|${edge})${words.join(String.raw`\s+`)}(?=$|${edge})`, 'iu').test(text);
}

type Element = 'think' | 'details';
type Tag = { element: Element; opens: boolean; length: number };

/**
 * Models that reason aloud leak it into their answer: as a think element, or as the folded element that some
 * releases of Dify make of it. Each expression is bounded: a text may consist of their beginnings only.
 */
const tags: readonly { element: Element; opens: boolean; pattern: RegExp }[] = [
  { element: 'think', opens: true, pattern: /<think(?:ing)?(?:\s[^<>]{0,200})?>/iy },
  { element: 'think', opens: false, pattern: /<\/think(?:ing)?\s{0,20}>/iy },
  {
    element: 'details',
    opens: true,
    pattern: /<details(?:\s[^<>]{0,300})?>\s{0,20}<summary>\s{0,20}Thinking\.\.\.\s{0,20}<\/summary>/iy,
  },
  { element: 'details', opens: false, pattern: /<\/details\s{0,20}>/iy },
];

/** The answer without its reasoning. What is never closed is reasoning to the end. */
export function stripThinking(text: string): string {
  const open: Element[] = [];
  let kept = '';
  let copiedTo = 0;
  let hasReasoned = false;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const tag = tagAt(text, at);
    if (!tag || !(tag.opens || open.at(-1) === tag.element || isOrphan(tag, open))) {
      at += 1;
      continue;
    }
    if (open.length === 0) kept += text.slice(copiedTo, at);
    // Without an opening the model began in the middle of its reasoning, as some templates make it do.
    if (isOrphan(tag, open) && !hasReasoned) kept = '';
    if (tag.opens) open.push(tag.element);
    else open.pop();
    hasReasoned = true;
    at += tag.length;
    copiedTo = at;
  }
  if (open.length === 0) kept += text.slice(copiedTo);
  return hasReasoned ? kept.trim() : text;
}

/** For an answer that is still growing: what may turn out to be the beginning of reasoning is held back. */
export function stripThinkingSoFar(text: string): string {
  const from = text.slice(-longestBeginning).search(beginning);
  return stripThinking(from < 0 ? text : text.slice(0, Math.max(0, text.length - longestBeginning) + from));
}

const longestBeginning = 400;
/** One of the tags up to any of its characters, at the end of the text. */
const beginning =
  /<(?:\/?t?|\/?th|\/?thi|\/?thin|\/?think[^<>]*|d|de|det|deta|detai|detail|details[^<>]*(?:>\s*(?:<[^<>]*(?:>[thinkg.\s]*(?:<[^<>]*)?)?)?)?)$/i;

function isOrphan(tag: Tag, open: readonly Element[]): boolean {
  return !tag.opens && tag.element === 'think' && open.length === 0;
}

function tagAt(text: string, at: number): Tag | undefined {
  for (const { element, opens, pattern } of tags) {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    if (found !== undefined) return { element, opens, length: found.length };
  }
  return undefined;
}

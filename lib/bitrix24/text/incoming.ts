import { readBb } from './bb-tokens';
import { cleanCharacters } from '../../core/characters';
import { foldTags, type Tag } from './fold-tags';
import { tagAsText } from './plain';

/** What a person wrote, as a model should read it: without the portal's tags, quotes as `> ` lines. */
export function cleanIncoming(text: string): string {
  const withoutTags = foldTags(
    readBb(cleanCharacters(text), (_rule, name, rest) => isWritten(name, rest)),
    incomingTag,
  );
  // Where the portal takes the bot's name out of a message, the comma after it stays.
  return markQuotes(withoutTags.split('\n')).join('\n').trim().replace(/^,\s*/, '').trim();
}

const bare = new Set(['b', 'i', 'u', 's', 'br', 'code', 'url', 'img', 'send', 'put', 'call']);

/** A tag that needs a value and has none is a person's own bracket. */
function isWritten(name: string, rest: string): boolean {
  return rest !== '' || bare.has(name);
}

function incomingTag(tag: Tag): string {
  if (tag.name === 'disk' || tag.name === 'attach') return '';
  return tagAsText(tag);
}

const quoteLine = /^-{50,}\s*$/;

/** A quote stands between two lines of dashes. */
function markQuotes(lines: readonly string[]): string[] {
  let left = lines.filter((line) => quoteLine.test(line)).length;
  let isQuote = false;
  const marked: string[] = [];
  for (const line of lines) {
    if (quoteLine.test(line)) {
      left -= 1;
      isQuote = !isQuote && left > 0;
    } else {
      marked.push(isQuote ? `> ${line}` : line);
    }
  }
  return marked;
}

import { foldCharacter, isIgnorable, zeroWidthSpace } from '../characters';
import { actingTags, allTags, tagsThatNeedValue } from './tag-table';

/** A bracket, also as full width forms and character references, which somebody on the way may turn into one. */
const opener = /[[［﹇]|&(?:#0{0,9}91|#x0{0,9}5b|lbrack|lsqb);?/giu;
const longestName = Math.max(...[...allTags].map((name) => name.length));

/**
 * Puts an unseen character behind every bracket that a portal, however lenient, could take for the start of one of
 * the tags `names`. A bracket that is broken already stays as it is, so breaking twice changes nothing.
 */
export function breakTags(text: string, names: ReadonlySet<string> = allTags): string {
  return breakAt(
    text,
    placesWhere(text, (from) => tagNameAt(text, from, names) !== undefined),
  );
}

const codeNames = new Set([...actingTags, 'code']);

/** For verbatim text: there only what acts must be broken, because the portal looks for mentions in code as well. */
export function breakTagsInCode(code: string): string {
  return breakAt(
    code,
    placesWhere(code, (from) => actsAt(code, from, codeNames)),
  );
}

/** Where a text must be broken, so that nothing in it acts: the places behind the brackets. */
export function placesOfActingTags(text: string): number[] {
  return placesWhere(text, (from) => actsAt(text, from, actingTags));
}

function actsAt(text: string, from: number, names: ReadonlySet<string>): boolean {
  const found = tagNameAt(text, from, names);
  return found !== undefined && (!tagsThatNeedValue.has(found.name) || isBeforeValue(text, found.end));
}

export function breakAt(text: string, places: readonly number[]): string {
  const cuts = [0, ...places];
  return cuts.map((from, index) => text.slice(from, cuts[index + 1])).join(zeroWidthSpace);
}

function placesWhere(text: string, isTag: (from: number) => boolean): number[] {
  return Array.from(text.matchAll(opener), (match) => match.index + match[0].length).filter(
    (from) => text[from] !== zeroWidthSpace && isTag(from),
  );
}

interface FoundName {
  name: string;
  end: number;
}

function tagNameAt(text: string, from: number, names: ReadonlySet<string>): FoundName | undefined {
  let name = '';
  let at = from;
  while (at < text.length) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const folded = foldCharacter(character);
    const isGap = isIgnorable(character) || (name === '' && folded === '/');
    if (!isGap && !/^[a-z]+$/.test(folded)) {
      return names.has(name) && !/[\p{L}\p{N}]/u.test(folded) ? { name, end: at } : undefined;
    }
    if (isGap && names.has(name)) return { name, end: at };
    if (!isGap) name += folded;
    if (name.length > longestName) return undefined;
    at += character.length;
  }
  return names.has(name) ? { name, end: at } : undefined;
}

function isBeforeValue(text: string, from: number): boolean {
  for (const character of text.slice(from)) {
    if (!isIgnorable(character)) return foldCharacter(character) === '=';
  }
  return false;
}

/** Breaks a tag for the portal's parser and stays unseen by a person. */
export const zeroWidthSpace = '\u200B';

const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;
/** Characters that turn the reading order of all that follows, a line's end included. */
const overrides = /[\u202D\u202E]/g;

/** Newlines as `\n`; nothing that cannot be stored, shown or read in the order it stands in. */
export function cleanCharacters(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, '\n').replace(controls, '').replace(overrides, '');
}

const ignorable = /[\s\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{M}]/u;

/** Characters that somebody on the way may drop, so that what stands around them joins. */
export function isIgnorable(character: string): boolean {
  return ignorable.test(character);
}

/** `Ｕ` and `ſ` are `u` and `s` for whoever normalises or compares without case. */
export function foldCharacter(character: string): string {
  return character.normalize('NFKC').toLowerCase();
}

const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

export function withoutInvisible(text: string): string {
  return text.replace(invisible, '');
}

export function oneLine(text: string): string {
  return cleanCharacters(text).replace(/\s+/g, ' ').trim();
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** The start of the grapheme that holds the place `at`; `at` itself when nothing is cut there. */
export function graphemeStart(text: string, at: number): number {
  if (at >= text.length) return text.length;
  return segmenter.segment(text).containing(at)?.index ?? at;
}

/** At most `length` UTF-16 units, whole graphemes, with an ellipsis where something is missing. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = text.slice(0, graphemeStart(text.slice(0, length + 32), length - 1));
  return `${kept.trimEnd()}…`;
}

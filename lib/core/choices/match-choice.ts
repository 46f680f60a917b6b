import type { Choice } from '../parts';
import { withoutInvisible } from '../characters';
import { areNumbers, choiceLabels } from './labels';
import { isTypoOf } from './spelling';

export interface MatchOptions {
  /** Several choices may come in one message: `1, 3` or `tea and milk`. */
  multiple?: boolean;
}

/**
 * The choices that a person's text stands for, in the order of the list. Nothing when it stands for none of them, or
 * could stand for more than one: then it is better to ask again.
 */
export function matchChoice(
  items: readonly Choice[],
  text: string,
  { multiple = false }: MatchOptions = {},
): Choice[] | undefined {
  // Nobody types that much to choose, and comparing takes time.
  if (text.length > 2_000) return undefined;
  const list = createList(items);
  const single = findOne(list, text);
  if (single !== undefined && single !== ambiguous) return [single];
  return multiple ? findSeveral(list, text) : undefined;
}

interface Listed {
  choice: Choice;
  number: number;
  /** All that a person may have seen it called. */
  names: Spelling[];
  value: string;
  id: string;
}

/** One text in the ways it is compared, from the strictest on. */
interface Spelling {
  written: string;
  folded: string;
  letters: string;
}

function spell(text: string): Spelling {
  const written = text.trim();
  return { written, folded: fold(written), letters: lettersOnly(written) };
}

interface ChoiceList {
  listed: Listed[];
  hasNumbers: boolean;
}

function createList(items: readonly Choice[]): ChoiceList {
  const labels = choiceLabels(items);
  const listed = items.map((choice, index) => ({
    choice,
    number: index + 1,
    names: [...new Set([choice.label, labels[index] ?? choice.label])].map(spell),
    value: fold(choice.value ?? ''),
    id: fold(choice.id),
  }));
  return { listed, hasNumbers: !areNumbers(labels) };
}

const ambiguous = Symbol('ambiguous');
type Found = Choice | typeof ambiguous | undefined;

/** From the surest reading to the loosest; the first that fits anything decides. */
function findOne(list: ChoiceList, text: string): Found {
  const typed = spell(text);
  const named = (by: keyof Spelling) =>
    typed[by] === ''
      ? undefined
      : only(list.listed, ({ names }) => names.some((name) => name[by] === typed[by]));
  const given = (by: 'value' | 'id') =>
    typed.folded === '' ? undefined : only(list.listed, (each) => each[by] === typed.folded);
  return (
    named('written') ??
    named('folded') ??
    numbered(list, typed.written) ??
    given('value') ??
    given('id') ??
    named('letters') ??
    only(list.listed, ({ names }) => names.some((name) => isTypoOf(typed.folded, name.folded)))
  );
}

function only(listed: readonly Listed[], fits: (each: Listed) => boolean): Found {
  const found = listed.filter(fits);
  return found.length > 1 ? ambiguous : found[0]?.choice;
}

/** What does not change the meaning of what one typed: case, blanks, ё, and how a sentence ends. */
function fold(text: string): string {
  const folded = withoutInvisible(text.normalize('NFKC'))
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replace(/\s+/g, ' ')
    .trim();
  let start = 0;
  let end = folded.length;
  while (start < end && opening.includes(folded.charAt(start))) start += 1;
  while (end > start && closing.includes(folded.charAt(end - 1))) end -= 1;
  return folded.slice(start, end);
}

const opening = ' "\'«»“”„‘’(';
const closing = ' "\'«»“”„‘’).,!?;:…';

/** Labels are often dressed up with emoji, dashes and the like, which nobody types. A sign before a number counts. */
function lettersOnly(text: string): string {
  const folded = fold(text);
  if (/[-−+<>≤≥=]\s?\d/.test(folded)) return '';
  return folded.replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
}

function numbered({ listed, hasNumbers }: ChoiceList, text: string): Found {
  if (!hasNumbers) return undefined;
  // U+20E3 makes a key of a digit: 2️⃣.
  const typed = withoutInvisible(text.replace(/\u20E3/g, '').normalize('NFKC'));
  const digits = /^(?:#|№|no\.?)? ?(\d{1,4}) ?[.)]*$/iu.exec(typed)?.[1];
  if (digits === undefined) return undefined;
  return listed.find(({ number }) => number === Number(digits))?.choice;
}

/** More would be no list of choices, but a story. */
const mostPieces = 50;

/** What stands between two choices, from the surest sign on. */
const separators = [/[,;\n]+/u, /[,;\n/+&]+|\s(?:and|и|та|і)\s/iu];

function findSeveral(list: ChoiceList, text: string): Choice[] | undefined {
  for (const separator of separators) {
    const found = findEach(list, text.split(separator));
    if (found !== undefined) return found;
  }
  // Words that only blanks keep apart are a phrase; numbers are not.
  return /^[\d\s,;.)]+$/.test(text) ? findEach(list, text.split(/[\s,;]+/u)) : undefined;
}

/** All of the pieces must be choices: a person who wants a thing that is not there should hear so. */
function findEach(list: ChoiceList, pieces: readonly string[]): Choice[] | undefined {
  const wanted = pieces.filter((piece) => piece.trim() !== '');
  if (wanted.length < 2 || wanted.length > mostPieces) return undefined;
  const chosen = new Set(wanted.map((piece) => findOne(list, piece)));
  if (chosen.has(undefined) || chosen.has(ambiguous)) return undefined;
  return list.listed.map(({ choice }) => choice).filter((choice) => chosen.has(choice));
}

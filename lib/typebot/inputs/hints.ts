import { oneLine, shorten } from '../../core/characters';
import { patternOf, writeInFormat } from './date-format';
import { tellTypes } from './file-types';
import { hintTextsIn, type HintTexts } from './hint-texts';
import type { TypebotInput } from './input';
import { numberIn } from './numbers';
import { offersOf } from './offers';
import { scaleOf } from './rating';
import { readMoment } from './read-date';

/** What a person should know to answer at once, a line each; nothing where the question says it all. */
export function hintsFor(input: TypebotInput, language: string): string[] {
  const texts = hintTextsIn(language);
  const placeholder = placeholderOf(input);
  switch (input.type) {
    case 'email input':
      return [placeholder ?? texts.email];
    case 'url input':
      return [placeholder ?? texts.url];
    case 'number input':
      return lines(placeholder, rangeHint(input, texts));
    case 'phone number input':
      return lines(placeholder, input.defaultCountryCode === undefined ? texts.phone : undefined);
    case 'date input':
      return dateHints(input, texts);
    case 'time input':
      return [texts.time('14:30')];
    case 'rating input':
      return ratingHints(input, texts, language);
    case 'file input':
      return lines(input.isMultiple === true ? texts.files : texts.file, typesHint(input, texts));
    case 'payment input':
      return [input.amount === undefined ? texts.payment : texts.paymentOf(oneLine(input.amount))];
    case 'choice input':
    case 'picture choice input':
    case 'cards':
      return [];
    default:
      return lines(placeholder);
  }
}

function lines(...texts: readonly (string | undefined)[]): string[] {
  return texts.filter((text) => text !== undefined && text !== '').map(String);
}

/** What Typebot writes into the field when its designer wrote nothing. */
const usualPlaceholder = /^type (?:your (?:answer|email|phone number)|a (?:number|url))\W*$/i;
const longestPlaceholder = 200;

function placeholderOf({ placeholder = '' }: TypebotInput): string | undefined {
  const text = oneLine(placeholder);
  const isWorthNothing = !/[\p{L}\p{N}]/u.test(text) || usualPlaceholder.test(text);
  // The placeholder of files is HTML about clicking.
  if (isWorthNothing || /<\/?[a-z!]/i.test(text)) return undefined;
  return shorten(text, longestPlaceholder);
}

export function rangeHint({ min, max }: TypebotInput, texts: HintTexts): string | undefined {
  const [from, to] = [min, max].map((limit) =>
    limit === undefined ? undefined : numberIn(limit)?.toString(),
  );
  if (from !== undefined && to !== undefined) return texts.numberBetween(from, to);
  if (from !== undefined) return texts.numberAtLeast(from);
  return to === undefined ? undefined : texts.numberAtMost(to);
}

/** The last day of a year: nobody takes its day for its month. */
const example = { year: 2026, month: 12, day: 31, time: '14:30' };

function dateHints(input: TypebotInput, texts: HintTexts): string[] {
  const write = (moment: typeof example) => writeInFormat(input, moment);
  const asked =
    input.isRange === true
      ? texts.dateRange(write({ ...example, day: 24 }), write(example))
      : texts.date(patternOf(input, texts), write(example));
  const [notBefore, notAfter] = [limitDate(input, input.min), limitDate(input, input.max)];
  return lines(
    asked,
    notBefore === undefined ? undefined : texts.notBefore(notBefore),
    notAfter === undefined ? undefined : texts.notAfter(notAfter),
  );
}

/** Limits come year first. */
function limitDate(input: TypebotInput, limit: string | undefined): string | undefined {
  const moment =
    limit === undefined ? undefined : readMoment(limit.toLowerCase(), { first: undefined, hasDots: false });
  return moment?.year === undefined ? undefined : writeInFormat(input, { ...moment, year: moment.year });
}

function ratingHints(input: TypebotInput, texts: HintTexts, language: string): string[] {
  const { from, to } = scaleOf(input);
  const ends = [
    input.left === undefined ? undefined : `${from} – ${oneLine(input.left)}`,
    input.right === undefined ? undefined : `${to} – ${oneLine(input.right)}`,
  ];
  const hasButtons = offersOf(input, language).length > 0;
  return lines(hasButtons ? undefined : texts.numberBetween(String(from), String(to)), ...ends);
}

export function typesHint({ allowedTypes = [] }: TypebotInput, texts: HintTexts): string | undefined {
  const types = tellTypes(allowedTypes, texts.families);
  return types === undefined ? undefined : texts.fileTypes(types);
}

import type { HintTexts } from './hint-texts';
import type { TypebotInput } from './input';

/** Of a date, and of a time of the day. */
export interface Moment {
  year?: number;
  month: number;
  day: number;
  time?: string;
}

/** What the server takes for the format of a date input; without one its own. */
export function formatOf({ format, hasTime }: TypebotInput): string {
  return format ?? (hasTime === true ? 'dd/MM/yyyy HH:mm' : 'dd/MM/yyyy');
}

/** The server reads the day first if, and only if, the format begins like this. */
export function isReadDayFirst(input: TypebotInput): boolean {
  return formatOf(input).startsWith('dd');
}

/** What a person takes from the format; texts in quotes are no letters of it. */
export function orderOf(input: TypebotInput): 'day' | 'month' | undefined {
  const [first] = /[dMLy]/.exec(formatOf(input).replace(/'[^']*'/g, '')) ?? [];
  if (first === 'd') return 'day';
  return first === 'M' || first === 'L' ? 'month' : undefined;
}

/** Formats made of these can be told to a person letter by letter. */
const tellable = new Set(['yyyy', 'yy', 'MM', 'M', 'dd', 'd', 'HH', 'H', 'mm']);

function isTellable(format: string): boolean {
  const letters = format.match(/(\p{L})\1*/gu) ?? [];
  return letters.every((token) => tellable.has(token)) && /^[\p{L} ./:,-]+$/u.test(format);
}

/** In a format that cannot be told, the server still reads this. */
function tellableFormat(input: TypebotInput): string {
  const format = formatOf(input);
  if (isTellable(format)) return format;
  return input.hasTime === true ? 'yyyy-MM-dd HH:mm' : 'yyyy-MM-dd';
}

export function patternOf(input: TypebotInput, { dateLetters }: Pick<HintTexts, 'dateLetters'>): string {
  return tellableFormat(input).replace(/[yMdHm]/g, (letter) => dateLetters[letter] ?? letter);
}

export function writeInFormat(input: TypebotInput, moment: Moment & { year: number }): string {
  const [hours = '00', minutes = '00'] = (moment.time ?? '00:00').split(':');
  const written: Readonly<Record<string, string>> = {
    yyyy: String(moment.year).padStart(4, '0'),
    yy: twoDigits(moment.year % 100),
    MM: twoDigits(moment.month),
    M: String(moment.month),
    dd: twoDigits(moment.day),
    d: String(moment.day),
    HH: hours,
    H: String(Number(hours)),
    mm: minutes,
  };
  return tellableFormat(input).replace(/yyyy|yy|MM|M|dd|d|HH|H|mm/g, (token) => written[token] ?? token);
}

export function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

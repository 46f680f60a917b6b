import { formatOf, isReadDayFirst, orderOf, twoDigits, type Moment } from './date-format';
import type { TypebotInput } from './input';
import { readMoment, type DateOrder } from './read-date';
import { readTime } from './read-time';
import { escapePattern, typedText } from './typed-text';

/**
 * The server knows numbers in the order of its format, and English words. A date that can be meant in one way only is
 * put so; all else stays as it is.
 */
export function dateToSend(text: string, input: TypebotInput): string {
  const typed = typedText(text)
    .toLowerCase()
    .replace(/[.!]+$/, '');
  // Nobody needs that much to say a date, and trying where to cut it takes time.
  if (typed.length > 100) return text;
  const order: DateOrder = {
    first: orderOf(input),
    hasDots: formatOf(input).includes('.'),
  };
  if (input.isRange === true) {
    const range = readRange(typed, order, input.separator);
    return range === undefined
      ? text
      : `${writeMoment(range.from, input)} to ${writeMoment(range.to, input)}`;
  }
  const moment = readMoment(typed, order);
  if (moment !== undefined) return writeMoment(moment, input);
  return inEnglish(typed) ?? text;
}

/** With a time, the server finds the end of a range only when both ends are written like this. */
function writeMoment({ year, month, day, time }: Moment, input: TypebotInput): string {
  const isDayFirst = isReadDayFirst(input);
  if (year !== undefined && !isDayFirst) {
    const date = `${year}-${twoDigits(month)}-${twoDigits(day)}`;
    return time === undefined ? date : `${date}T${time}`;
  }
  const dayAndMonth = isDayFirst ? [day, month] : [month, day];
  const date = [...dayAndMonth.map(twoDigits), ...(year === undefined ? [] : [year])].join('/');
  return time === undefined ? date : `${date} ${time}`;
}

const englishDays = new Map([
  ['сегодня', 'today'],
  ['завтра', 'tomorrow'],
  ['послезавтра', 'in 2 days'],
  ['вчера', 'yesterday'],
]);

function inEnglish(typed: string): string | undefined {
  const [word = '', ...rest] = typed.split(/,? /);
  const day = englishDays.get(word);
  if (day === undefined || rest.length === 0) return day;
  const time = readTime(rest.join(' '));
  return time === undefined ? undefined : `${day} ${time}`;
}

interface Range {
  from: Moment;
  to: Moment;
}

const betweenDates = String.raw` (?:до|по|to|till|until|и|and) |\s?(?:[-–—…,;]|\.{2,3})\s?`;

/** Dates have dashes as well: where both sides are dates is the middle. */
function readRange(typed: string, order: DateOrder, separator = ''): Range | undefined {
  const text = typed.replace(/^(?:с|со|от|from|between) /, '');
  const own = escapePattern(typedText(separator).toLowerCase());
  const middle = new RegExp(own === '' ? betweenDates : ` ${own} |${betweenDates}`, 'g');
  for (const { 0: found, index } of text.matchAll(middle)) {
    const to = readMoment(text.slice(index + found.length), order);
    const from = to && readStart(text.slice(0, index), to, order);
    if (from) return alike(from, to);
  }
  return undefined;
}

/** `1-5 марта`: the first of the two has its month from the second. */
function readStart(text: string, to: Moment, order: DateOrder): Moment | undefined {
  const day = /^(\d{1,2})(?:-?го|st|nd|rd|th)?$/.exec(text)?.[1];
  if (day === undefined) return readMoment(text, order);
  if (Number(day) < 1 || Number(day) > to.day) return undefined;
  const { year, month } = to;
  return { month, day: Number(day), ...(year !== undefined && { year }) };
}

/** `28 декабря - 5 января 2027`: the year is told once, and the first comes first. */
function alike(from: Moment, to: Moment): Range {
  const isTurn = from.month > to.month || (from.month === to.month && from.day > to.day);
  if (from.year === undefined && to.year !== undefined)
    return { from: { ...from, year: to.year - (isTurn ? 1 : 0) }, to };
  if (to.year === undefined && from.year !== undefined)
    return { from, to: { ...to, year: from.year + (isTurn ? 1 : 0) } };
  return { from, to };
}

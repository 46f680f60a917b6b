import type { Moment } from './date-format';
import { monthNamed } from './month-names';
import { readTime } from './read-time';

/** How the numbers of a date are to be read where they could be read both ways. */
export interface DateOrder {
  first: 'day' | 'month' | undefined;
  /** Dates with dots have the day first everywhere, unless the bot itself writes them otherwise. */
  hasDots: boolean;
}

/** Nothing where it could be another date, or none. */
export function readMoment(text: string, order: DateOrder): Moment | undefined {
  for (const read of [readYearFirst, readNumbers, readNamed]) {
    const found = read(text, order);
    if (found === undefined) continue;
    const { date, rest } = found;
    const time = restOfDate(rest);
    return isDate(date) && time !== undefined ? { ...date, ...(time !== '' && { time }) } : undefined;
  }
  return undefined;
}

interface Beginning {
  date: Moment;
  rest: string;
}

/** Behind a date stands nothing, or a time. */
function restOfDate(rest: string): string | undefined {
  const text = rest.replace(/^ ?(?:г\.?|год|года)(?= |,|$)/, '').replace(/^[ ,]+|^t(?=\d)/, '');
  return text === '' ? '' : readTime(text);
}

const yearFirst = /^(?<year>\d{4})(?<sign>[-./])(?<month>\d{1,2})\k<sign>(?<day>\d{1,2})(?!\d)/;

function readYearFirst(text: string): Beginning | undefined {
  const match = yearFirst.exec(text);
  if (!match?.groups) return undefined;
  const { year, month, day } = match.groups;
  return {
    date: { year: Number(year), month: Number(month), day: Number(day) },
    rest: text.slice(match[0].length),
  };
}

const withYear = /^(?<one>\d{1,2})(?<sign>[-./ ])(?<other>\d{1,2})\k<sign>(?<year>\d{4}|\d{2})(?![\d:])/;
const withoutYear = /^(?<one>\d{1,2})(?<sign>[./])(?<other>\d{1,2})(?![\d./:-])/;

function readNumbers(text: string, order: DateOrder): Beginning | undefined {
  const match = withYear.exec(text) ?? withoutYear.exec(text);
  if (!match?.groups) return undefined;
  const { one = '', other = '', sign = '', year } = match.groups;
  const first = sign === '.' && !(order.first === 'month' && order.hasDots) ? 'day' : order.first;
  const dayAndMonth = putInOrder(Number(one), Number(other), first);
  if (dayAndMonth === undefined) return undefined;
  return {
    date: { ...dayAndMonth, ...(year !== undefined && { year: wholeYear(year) }) },
    rest: text.slice(match[0].length),
  };
}

function putInOrder(
  one: number,
  other: number,
  first: DateOrder['first'],
): { day: number; month: number } | undefined {
  const dayFirst = { day: one, month: other };
  const monthFirst = { day: other, month: one };
  if (other > 12) return one > 12 ? undefined : monthFirst;
  if (one > 12 || one === other) return dayFirst;
  if (first === undefined) return undefined;
  return first === 'day' ? dayFirst : monthFirst;
}

/** As the server takes two digits. */
function wholeYear(year: string): number {
  if (year.length === 4) return Number(year);
  return Number(year) + (Number(year) > 50 ? 1900 : 2000);
}

const dayThenMonth =
  /^(?<day>\d{1,2})(?:-?го|st|nd|rd|th)? ?(?:of )?(?<name>\p{L}{3,9})\.?(?:,? ?(?<year>\d{4})(?!\d))?/u;
const monthThenDay =
  /^(?<name>\p{L}{3,9})\.? (?<day>\d{1,2})(?:st|nd|rd|th)?(?![\d:.])(?:,? (?<year>\d{4})(?!\d))?/u;

function readNamed(text: string): Beginning | undefined {
  const match = dayThenMonth.exec(text) ?? monthThenDay.exec(text);
  const { day = '', name = '', year } = match?.groups ?? {};
  const month = monthNamed(name);
  if (match === null || month === undefined) return undefined;
  return {
    date: { month, day: Number(day), ...(year !== undefined && { year: Number(year) }) },
    rest: text.slice(match[0].length),
  };
}

/** Where no year is told, any may be meant, and one of them is a leap year. */
function isDate({ year = 2024, month, day }: Moment): boolean {
  if (year < 1000) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

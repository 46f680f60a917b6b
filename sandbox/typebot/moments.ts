import {
  dayMs,
  dayShiftOf,
  dayWordPattern,
  monthOf,
  monthPattern,
  shifted,
  unitPattern,
  weekdayOf,
  weekdayPattern,
} from './date-words';

/** A date, a time or both, where a text speaks of it. UTC throughout. */
export interface Moment {
  at: number;
  end: number;
  date: Date;
}

export interface ReadingOptions {
  now: number;
  /** 05/06 is in June. */
  dayFirst: boolean;
}

interface Reader {
  pattern: string;
  /** Undefined: it only looked like a date. */
  day: (match: RegExpExecArray, options: ReadingOptions) => Date | undefined;
}

const readers: readonly Reader[] = [
  {
    pattern: '(?<!\\d)(\\d{4})[-/](\\d{1,2})[-/](\\d{1,2})(?!\\d)',
    day: ([, year, month, day]) => exactDay(Number(year), Number(month), Number(day)),
  },
  {
    pattern: '(?<!\\d|\\d/)(\\d{1,2})([/.-])(\\d{1,2})(?:[/.-](\\d{4}|\\d{2}))?(?!\\d|/\\d)',
    day: numericDay,
  },
  {
    pattern: `\\b(\\d{1,2})(?:st|nd|rd|th)?\\s+(?:of\\s+)?(${monthPattern})(?:,?\\s+(\\d{4}))?\\b`,
    day: ([, day, month = '', year], { now }) => namedDay(Number(day), monthOf(month), year, now),
  },
  {
    pattern: `\\b(${monthPattern})\\s+(\\d{1,2})(?:st|nd|rd|th)?(?:,?\\s+(\\d{4}))?\\b`,
    day: ([, month = '', day, year], { now }) => namedDay(Number(day), monthOf(month), year, now),
  },
  {
    pattern: `\\b(${dayWordPattern})\\b`,
    day: ([, word = ''], { now }) => shifted(dayOf(now), dayShiftOf(word), 'day'),
  },
  {
    pattern: `\\bin\\s+(\\d+|an?)\\s+${unitPattern}\\b`,
    day: ([, count = '', unit = ''], { now }) => shifted(dayOf(now), Number(count) || 1, unit),
  },
  {
    pattern: `\\b(\\d+|an?)\\s+${unitPattern}\\s+(ago|later|from now)\\b`,
    day: ([, count = '', unit = '', way], { now }) =>
      shifted(dayOf(now), (Number(count) || 1) * (way?.toLowerCase() === 'ago' ? -1 : 1), unit),
  },
  {
    pattern: `\\b(next|last)\\s+${unitPattern}\\b`,
    day: ([, way, unit = ''], { now }) => shifted(dayOf(now), way?.toLowerCase() === 'next' ? 1 : -1, unit),
  },
  {
    pattern: `\\b(${weekdayPattern})\\b`,
    day: ([, word = ''], { now }) => closestWeekday(weekdayOf(word), now),
  },
];

const timePattern =
  '(?:(\\d{1,2}):(\\d{2})(?::\\d{2})?\\s*(am|pm)?|(\\d{1,2})\\s*(am|pm)|(noon|midnight))\\b';

/** Where no time is told, it is noon. */
export function readMoments(text: string, options: ReadingOptions): Moment[] {
  const days = withoutOverlaps(readers.flatMap((reader) => matchesOf(reader, text, options)));
  const timed = days.map((moment) => withTime(moment, text));
  const lone = [...text.matchAll(new RegExp(`\\b${timePattern}`, 'gi'))].flatMap((match) => {
    const minutes = minutesIn(match);
    const at = match.index;
    return minutes === undefined
      ? []
      : [{ at, end: at + match[0].length, date: atMinute(dayOf(options.now), minutes) }];
  });
  return withoutOverlaps([...timed, ...lone]);
}

function matchesOf({ pattern, day }: Reader, text: string, options: ReadingOptions): Moment[] {
  return [...text.matchAll(new RegExp(pattern, 'gi'))].flatMap((match) => {
    const found = day(match, options);
    if (!found) return [];
    return [{ at: match.index, end: match.index + match[0].length, date: atMinute(found, 12 * 60) }];
  });
}

/** The longer of two that begin at the same place; else the earlier. */
function withoutOverlaps(moments: readonly Moment[]): Moment[] {
  const kept: Moment[] = [];
  for (const moment of [...moments].sort((a, b) => a.at - b.at || b.end - a.end))
    if (moment.at >= (kept.at(-1)?.end ?? 0)) kept.push(moment);
  return kept;
}

function withTime(moment: Moment, text: string): Moment {
  const match = new RegExp(`^(?:T|\\s*,?\\s*(?:at\\s+)?)${timePattern}`, 'i').exec(text.slice(moment.end));
  const minutes = match ? minutesIn(match) : undefined;
  if (!match || minutes === undefined) return moment;
  return {
    ...moment,
    end: moment.end + match[0].length,
    date: atMinute(dayOf(moment.date.getTime()), minutes),
  };
}

function minutesIn([, hours, minutes, half, loneHours, loneHalf, word]: RegExpExecArray): number | undefined {
  if (word !== undefined) return word.toLowerCase() === 'noon' ? 12 * 60 : 0;
  const meridiem = (half ?? loneHalf)?.toLowerCase();
  const told = Number(hours ?? loneHours);
  const hour = meridiem === undefined ? told : (told % 12) + (meridiem === 'pm' ? 12 : 0);
  const minute = Number(minutes ?? 0);
  return hour > 23 || minute > 59 || (meridiem !== undefined && told > 12) ? undefined : hour * 60 + minute;
}

function numericDay(
  [whole, first, mark, second, year]: RegExpExecArray,
  { now, dayFirst }: ReadingOptions,
): Date | undefined {
  // 1.12.12 and 1.2 are versions; without a year only a slash makes a date.
  if (/^\d\.\d$|^\d\.\d{1,2}\.\d{1,2}$/.test(whole) || (year === undefined && mark !== '/')) return undefined;
  const [day, month] = dayFirst ? [Number(first), Number(second)] : [Number(second), Number(first)];
  return month > 12 ? namedDay(month, day, year, now) : namedDay(day, month, year, now);
}

function namedDay(day: number, month: number, year: string | undefined, now: number): Date | undefined {
  if (year !== undefined) return exactDay(fullYear(Number(year)), month, day);
  const thisYear = new Date(now).getUTCFullYear();
  const days = [thisYear - 1, thisYear, thisYear + 1].map((one) => exactDay(one, month, day));
  return days
    .filter((one) => one !== undefined)
    .sort((a, b) => Math.abs(a.getTime() - now) - Math.abs(b.getTime() - now))[0];
}

function fullYear(year: number): number {
  if (year > 99) return year;
  return year > 50 ? 1900 + year : 2000 + year;
}

/** None for 31 February. */
function exactDay(year: number, month: number, day: number): Date | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : undefined;
}

function closestWeekday(weekday: number, now: number): Date {
  const today = dayOf(now);
  const ahead = (weekday - today.getUTCDay() + 7) % 7;
  return shifted(today, ahead > 3 ? ahead - 7 : ahead, 'day');
}

function dayOf(time: number): Date {
  return new Date(Math.floor(time / dayMs) * dayMs);
}

function atMinute(day: Date, minutes: number): Date {
  return new Date(day.getTime() + minutes * 60_000);
}

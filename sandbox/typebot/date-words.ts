/** English only, as on the server. */
export const monthNames = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
] as const;

const weekdayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** `jan`, `jan.` and `january`; `sept` too. */
export const monthPattern = `(?:${monthNames.map((name) => shortOrWhole(name)).join('|')}|sept)\\.?`;
export const weekdayPattern = `(?:${weekdayNames.map((name) => shortOrWhole(name)).join('|')})`;

function shortOrWhole(name: string): string {
  return `${name.slice(0, 3)}(?:${name.slice(3)})?`;
}

export function monthOf(word: string): number {
  return monthNames.findIndex((name) => name.startsWith(word.slice(0, 3).toLowerCase())) + 1;
}

export function weekdayOf(word: string): number {
  return weekdayNames.findIndex((name) => name.startsWith(word.slice(0, 3).toLowerCase()));
}

export const dayMs = 24 * 60 * 60 * 1000;

const dayShifts: Readonly<Record<string, number>> = {
  today: 0,
  tonight: 0,
  now: 0,
  tomorrow: 1,
  yesterday: -1,
};

export const dayWordPattern = Object.keys(dayShifts).join('|');

export function dayShiftOf(word: string): number {
  return dayShifts[word.toLowerCase()] ?? 0;
}

const unitDays: Readonly<Record<string, number>> = { day: 1, week: 7 };

export const unitPattern = '(day|week|month|year)s?';

/** Whole months and years keep the day of the month. */
export function shifted(day: Date, count: number, unit: string): Date {
  const name = unit.toLowerCase();
  if (name !== 'month' && name !== 'year')
    return new Date(day.getTime() + count * (unitDays[name] ?? 0) * dayMs);
  const months = name === 'year' ? count * 12 : count;
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months, day.getUTCDate()));
}

export function formatMoment(moment: Date, format: string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const hour = moment.getUTCHours();
  const parts: Readonly<Record<string, string>> = {
    yyyy: String(moment.getUTCFullYear()),
    yy: two(moment.getUTCFullYear() % 100),
    MM: two(moment.getUTCMonth() + 1),
    dd: two(moment.getUTCDate()),
    HH: two(hour),
    hh: two(hour % 12 || 12),
    mm: two(moment.getUTCMinutes()),
    a: hour < 12 ? 'AM' : 'PM',
  };
  return format.replace(/yyyy|yy|MM|dd|HH|hh|mm|a/g, (part) => parts[part] ?? part);
}

import { twoDigits } from './date-format';
import { typedText } from './typed-text';

/** The server reads `14:30` and English. What cannot be meant otherwise is put so; the rest stays as it is. */
export function timeToSend(text: string): string {
  return readTime(text) ?? text;
}

/** A time as `HH:mm`; nothing where it could be another one. */
export function readTime(text: string): string | undefined {
  const typed = typedText(text)
    .toLowerCase()
    .replace(/^(?:в|во|к|at) /, '')
    .replace(/\.$/, '');
  const named = namedTimes.get(typed);
  if (named !== undefined) return named;
  const parts = patterns.map((pattern) => pattern.exec(typed)?.groups).find((found) => found !== undefined);
  if (parts === undefined) return undefined;
  const { hours = '', minutes = '00', part } = parts;
  const hour = part === undefined ? Number(hours) : hourOfPart(Number(hours), part);
  if (hour === undefined || hour > 23 || Number(minutes) > 59) return undefined;
  return `${twoDigits(hour)}:${minutes.padStart(2, '0')}`;
}

const namedTimes = new Map([
  ['полдень', '12:00'],
  ['полночь', '00:00'],
]);

const patterns = [
  /^(?<hours>\d{1,2}) ?[:.] ?(?<minutes>\d{2})(?: (?<part>утра|дня|вечера|ночи))?$/,
  // `10-12` would be a span of time, `10-30` is none.
  /^(?<hours>\d{1,2}) ?[- ] ?(?<minutes>00|2[4-9]|[345]\d)$/,
  /^(?<hours>\d{1,2}) ?(?:ч|час|часа|часов|h)\.?(?: ?(?<minutes>\d{1,2}) ?(?:м|мин|минут|минуты|m)?)?(?: (?<part>утра|дня|вечера|ночи))?$/,
  /^(?<hours>\d{1,2}) (?<part>утра|дня|вечера|ночи)$/,
  /^(?<hours>\d{2})(?<minutes>\d{2})$/,
  // `9` may be in the evening.
  /^(?<hours>0\d|1[3-9]|2[0-3])$/,
];

const partsOfDay: Readonly<Record<string, { from: number; to: number; plus: number }>> = {
  ночи: { from: 1, to: 5, plus: 0 },
  утра: { from: 3, to: 11, plus: 0 },
  дня: { from: 1, to: 5, plus: 12 },
  вечера: { from: 4, to: 11, plus: 12 },
};

function hourOfPart(hour: number, part: string): number | undefined {
  if (hour === 12) return part === 'дня' ? 12 : part === 'ночи' ? 0 : undefined;
  const { from, to, plus } = partsOfDay[part] ?? { from: 0, to: 0, plus: 0 };
  // `14:30 дня` says the same twice.
  if (plus === 12 && hour >= from + 12 && hour <= to + 12) return hour;
  return hour >= from && hour <= to ? hour + plus : undefined;
}

import { InvalidError } from '../../core/errors';
import { offsetText, utcStamp, type OffsetOn } from './portal-time';

/** The first or the last moment of what is wanted. */
export interface DateBound {
  readonly ms: number;
  /** Whether the moment itself is meant too. */
  readonly isIncluded: boolean;
  /** As it is written to the portal: always with an offset, because the portal guesses otherwise. */
  readonly text: string;
}

const expected = 'YYYY-MM-DD, or a full ISO time such as 2026-03-01T09:00:00+03:00';
const dayMs = 24 * 60 * 60 * 1000;

/** The days whose offset must be known before the bounds can be read: a day and a time without an offset are local. */
export function localDays(...settings: readonly (string | undefined)[]): string[] {
  return settings.flatMap((setting, place) => {
    const written = partsOf(setting ?? '');
    if (!written || written.offset !== undefined) return [];
    // What ends with a day ends where the next one begins.
    return [place === 1 && written.time === undefined ? dayAfter(written.day) : written.day];
  });
}

export function firstMoment(setting: string | undefined, offsetOn: OffsetOn): DateBound | undefined {
  if (isBlank(setting)) return undefined;
  return { ...readMoment('from', setting, offsetOn), isIncluded: true };
}

/** A bare day is meant whole. */
export function lastMoment(setting: string | undefined, offsetOn: OffsetOn): DateBound | undefined {
  if (isBlank(setting)) return undefined;
  const written = partsOf(setting);
  const isDay = written !== undefined && written.time === undefined;
  const moment = isDay ? dayAfter(written.day) : setting;
  return { ...readMoment('to', moment, offsetOn), isIncluded: !isDay };
}

function readMoment(property: string, setting: string, offsetOn: OffsetOn): { ms: number; text: string } {
  const written = partsOf(setting);
  if (!written) throw notADate(property);
  const { day, time = '00:00:00' } = written;
  const offset = written.offset ?? offsetText(offsetOn(day));
  const ms = Date.parse(`${day}T${time}${offset}`);
  if (Number.isNaN(ms) || !isRealDay(day)) throw notADate(property);
  const wholeSeconds = time.length === 5 ? `${time}:00` : time.slice(0, 8);
  return { ms, text: written.offset === undefined ? `${day}T${wholeSeconds}${offset}` : utcStamp(ms) };
}

interface WrittenMoment {
  readonly day: string;
  readonly time: string | undefined;
  readonly offset: string | undefined;
}

function partsOf(setting: string): WrittenMoment | undefined {
  const form = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)\s?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;
  const [, day, time, zone] = form.exec(setting.trim()) ?? [];
  if (day === undefined) return undefined;
  return { day, time, offset: zone === undefined ? undefined : normalOffset(zone) };
}

function normalOffset(zone: string): string {
  if (/^z$/i.test(zone)) return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone.slice(0, 1)}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

/** JavaScript takes 31 June for 1 July. */
function isRealDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

function dayAfter(day: string): string {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(ms) || !isRealDay(day) ? day : new Date(ms + dayMs).toISOString().slice(0, 10);
}

function isBlank(setting: string | undefined): setting is undefined {
  return setting === undefined || setting.trim() === '';
}

function notADate(property: string): InvalidError {
  return new InvalidError('CONFIG_INVALID', `${property} is not a date`, {
    params: { property, expected, why: 'date' },
  });
}

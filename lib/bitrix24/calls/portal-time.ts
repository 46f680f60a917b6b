import { textAt } from '../../core/fields';
import type { BatchCommand, PortalRest } from '../rest/portal';
import { rowsOf, statistics } from './statistics';

/** How many minutes the portal's clocks are ahead of UTC when a day `YYYY-MM-DD` begins there. */
export type OffsetOn = (day: string) => number;

/** More than any change to summer time moves the clocks. */
const marginMinutes = 120;

/** For a portal whose time zone is known: `Europe/Berlin`. */
export function offsetOfZone(timeZone: string): OffsetOn {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const offsetAt = (ms: number): number => (wallTime(format, ms) - ms) / 60_000;
  return (day) => {
    const midnight = Date.parse(`${day}T00:00:00Z`);
    // The offset of a moment nearby tells the moment itself.
    return offsetAt(midnight - offsetAt(midnight) * 60_000);
  };
}

function wallTime(format: Intl.DateTimeFormat, ms: number): number {
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
}

/**
 * The portal tells its offset of today, but no method tells its time zone. The rows of the statistics carry the offset
 * of their own day, so the first call near the beginning of each day is looked at; where there is none, the answer
 * makes no difference to any call. Two requests, none without days.
 */
export async function learnOffsets(
  rest: Pick<PortalRest, 'call' | 'batch'>,
  days: readonly string[],
  signal?: AbortSignal,
): Promise<OffsetOn> {
  if (days.length === 0) return () => 0;
  const now = await rest.call('server.time', {}, { idempotent: true, signal });
  const today = offsetIn(textAt({ now }, 'now')) ?? 0;
  const commands = [...new Set(days)].map((day) => firstCallOf(day, today));
  const answers = await rest.batch(commands, { idempotent: true, signal });
  const known = new Map<string, number>();
  for (const [key, outcome] of answers) {
    const first = 'answer' in outcome ? rowsOf(outcome.answer.result)[0] : undefined;
    const offset = offsetIn(textAt(first, 'CALL_START_DATE'));
    if (offset !== undefined) known.set(key, offset);
  }
  return (day) => known.get(keyOf(day)) ?? today;
}

function firstCallOf(day: string, offset: number): BatchCommand {
  const begins = Date.parse(`${day}T00:00:00Z`) - (offset + marginMinutes) * 60_000;
  const FILTER = { '>=CALL_START_DATE': utcStamp(begins) };
  const params = { FILTER, SORT: 'CALL_START_DATE', ORDER: 'ASC', start: -1 };
  return { key: keyOf(day), method: statistics, params };
}

const keyOf = (day: string): string => `day_${day}`;

/** Minutes; of `+03:00` for instance. */
export function offsetIn(date: string | undefined): number | undefined {
  if (date !== undefined && /Z$/i.test(date)) return 0;
  const [, sign, hours, minutes] = /([+-])(\d\d):?(\d\d)$/.exec(date ?? '') ?? [];
  if (sign === undefined) return undefined;
  const ahead = Number(hours) * 60 + Number(minutes);
  return sign === '-' ? -ahead : ahead;
}

export function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const twoDigits = (part: number): string => String(part).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${twoDigits(Math.floor(size / 60))}:${twoDigits(size % 60)}`;
}

export function utcStamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}+00:00`;
}

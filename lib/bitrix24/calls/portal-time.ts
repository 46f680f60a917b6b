import { UnreachableError } from '../../core/errors';
import { textAt } from '../../core/fields';
import type { CallParams, PortalRest } from '../rest/portal';
import { toUtc } from './call';
import { rowsOf } from './statistics';

/** How many minutes the portal's clocks are ahead of UTC when a day `YYYY-MM-DD` begins there. */
export type OffsetOn = (day: string) => number;

/** More than any change to summer time moves the clocks. */
const marginMinutes = 120;
/** Later ones are none of the day's, nor of the days around it. */
const nearMs = 3 * 24 * 60 * 60_000;

/** Rows that carry the offset of their own day, such as calls. */
export interface DatedRows {
  readonly method: string;
  readonly dateField: string;
  /** Of a call for the first rows from this moment on, by growing date. */
  paramsSince(moment: string): CallParams;
}

export interface OffsetQuestion {
  readonly days: readonly string[];
  readonly rows: DatedRows;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The portal tells its offset of today, but no method tells its time zone. The rows of a history carry the offset of
 * their own day, so the first one near the beginning of each day is looked at; where there is none, the answer makes no
 * difference to any row. A request, and one more for each day; none without days.
 */
export async function learnOffsets(
  rest: Pick<PortalRest, 'call'>,
  { days, rows, signal }: OffsetQuestion,
): Promise<OffsetOn> {
  if (days.length === 0) return () => 0;
  const now = await rest.call('server.time', {}, { idempotent: true, signal });
  const today = offsetIn(textAt({ now }, 'now')) ?? 0;
  const known = new Map<string, number>();
  for (const day of new Set(days)) {
    const begins = Date.parse(`${day}T00:00:00Z`) - (today + marginMinutes) * 60_000;
    const params = rows.paramsSince(utcStamp(begins));
    const found = await rest.call(rows.method, params, { idempotent: true, signal });
    if (typeof found !== 'object' || found === null) throw noRows(rows.method);
    const offset = offsetNear(
      begins,
      rowsOf(found).map((row) => textAt(row, rows.dateField)),
    );
    if (offset !== undefined) known.set(day, offset);
  }
  return (day) => known.get(day) ?? today;
}

/** A portal that has passed over the filter answers with rows of another season, whose clocks are not those of the day. */
function offsetNear(begins: number, dates: readonly (string | undefined)[]): number | undefined {
  const near = dates.find((date = '') => {
    const ms = Date.parse(toUtc(date));
    return ms >= begins && ms < begins + nearMs;
  });
  return offsetIn(near);
}

/** Not the same as a portal without any. */
function noRows(method: string): UnreachableError {
  const params = { method };
  return new UnreachableError('BITRIX_UNREACHABLE', `${method}: no list came`, { sent: false, params });
}

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

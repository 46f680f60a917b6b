import type { OffsetOn } from '../../lib/bitrix24/calls/portal-time';

/** What the clocks of a zone such as `Europe/Berlin` show, by the platform's own tables. */
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

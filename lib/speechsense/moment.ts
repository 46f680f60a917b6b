const isoMoment =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/** Beyond these it is a number that is no time. */
const firstMs = Date.UTC(1990, 0, 1);
const lastMs = Date.UTC(2200, 0, 1);

/** Milliseconds since 1970, or undefined. A time without a zone is read as UTC, which is how the service reads it. */
export function momentOf(value: unknown): number | undefined {
  const ms = readMs(value);
  return ms !== undefined && ms >= firstMs && ms < lastMs ? ms : undefined;
}

export function utcText(ms: number): string {
  return new Date(ms).toISOString();
}

/** As it is written on the wire. */
export function timestampOf(ms: number): { seconds: string; nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds: String(seconds), nanos: Math.round(ms - seconds * 1000) * 1_000_000 };
}

function readMs(value: unknown): number | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.getTime();
  if (typeof value === 'number') return Number.isFinite(value) ? Math.round(value) : undefined;
  if (typeof value === 'string') return readText(value.trim());
  return undefined;
}

function readText(text: string): number | undefined {
  const found = isoMoment.exec(text);
  const [, day, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = found ?? [];
  if (day === undefined) return undefined;
  const ms = fraction.padEnd(3, '0').slice(0, 3);
  const start = Date.parse(`${day}T${minutes}:${seconds}.${ms}Z`);
  // 31 February would become a day of March.
  if (Number.isNaN(start) || !new Date(start).toISOString().startsWith(day)) return undefined;
  return start - offsetMs(zone);
}

function offsetMs(zone: string): number {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  if (hours === undefined) return 0;
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? -ms : ms;
}
